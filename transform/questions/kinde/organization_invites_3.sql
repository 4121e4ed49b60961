-- Who joined by invitation?

select o.name as organization, i.email, i.full_name, i.accepted_on
from stg_kinde__organization_invites i
join stg_kinde__organizations o on o.code = i.org_code
where i.accepted_on is not null
