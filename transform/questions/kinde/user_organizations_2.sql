-- Who belongs to several organizations?

select u.id, u.email, count(*) as organizations,
       string_agg(o.name, ', ' order by o.name) as which
from stg_kinde__user_organizations m
join stg_kinde__users u on u.id = m.user_id
left join stg_kinde__organizations o on o.code = m.org_code
group by u.id, u.email having count(*) > 1
