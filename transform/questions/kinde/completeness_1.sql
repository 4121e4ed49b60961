-- Do the two lists of memberships agree?

select coalesce(m.user_id, n.id) as user_id, coalesce(m.org_code, n.org_code) as org_code,
       m.user_id is not null as in_user, n.id is not null as in_organization
from stg_kinde__user_organizations m
full join stg_kinde__organization_users n on n.id = m.user_id and n.org_code = m.org_code
where m.user_id is null or n.id is null
-- may be empty
