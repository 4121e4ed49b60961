-- Who still has a scope in an organization after leaving it?

select u.email, s.org_code, s.scope
from stg_kinde__user_api_scopes s
join stg_kinde__users u on u.id = s.user_id
where not exists (
  select 1 from stg_kinde__organization_users m
  where m.org_code = s.org_code and m.id = s.user_id
)
-- may be empty
