-- Which users have no password, and depend on a social account?

select u.name, u.primary_email, string_agg(i.target, ', ' order by i.target) as signs_in_with
from stg_logto__users u
join stg_logto__user_identities i on i.user_id = u.id
where not u.has_password
group by u.id, u.name, u.primary_email
