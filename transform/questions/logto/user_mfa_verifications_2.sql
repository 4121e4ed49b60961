-- Which members of organizations that require MFA have no second factor?

select o.name as organization, u.name, u.primary_email
from stg_logto__organizations o
join stg_logto__organization_memberships m on m.organization_id = o.id
join stg_logto__users u on u.id = m.user_id
where o.is_mfa_required and not exists (
  select 1 from stg_logto__user_mfa_verifications f where f.user_id = u.id
)
