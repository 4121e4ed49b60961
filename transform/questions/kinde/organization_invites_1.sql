-- Which invitations have been pending for more than two weeks?

select o.name as organization, i.email, i.created_on, i.is_sent
from stg_kinde__organization_invites i
join stg_kinde__organizations o on o.code = i.org_code
where i.accepted_on is null and i.is_revoked is not true
  and i.created_on < now() at time zone 'utc' - interval '14 days'
