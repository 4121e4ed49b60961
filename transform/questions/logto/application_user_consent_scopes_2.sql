-- Which third-party applications may ask for more than user profile scopes?

select a.name as application, count(*) as permissions
from stg_logto__application_user_consent_scopes c
join stg_logto__applications a on a.id = c.application_id
where c.type <> 'user'
group by a.id, a.name
