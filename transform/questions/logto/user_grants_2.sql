-- Which applications have offline access (refresh tokens)?

select g.application_name, count(distinct g.user_id) as users, max(g.expires_at) as until
from stg_logto__user_grants g
where 'offline_access' = any (string_to_array(g.openid_scope, ' '))
group by g.application_id, g.application_name
