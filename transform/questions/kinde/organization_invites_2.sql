-- Which roles will pending invitees get?

select o.name as organization, i.email, role.value ->> 'name' as role
from stg_kinde__organization_invites i
cross join lateral (select jsonb_array_elements(i.roles) as value) role
join stg_kinde__organizations o on o.code = i.org_code
where i.accepted_on is null and i.is_revoked is not true
