-- Which invitations have been pending for more than two weeks?

select o.name as organization, i.invitee, inviter.name as invited_by, i.created_at, i.expires_at
from stg_logto__organization_invitations i
join stg_logto__organizations o on o.id = i.organization_id
left join stg_logto__users inviter on inviter.id = i.inviter_id
where i.status = 'Pending'
  and i.created_at < now() at time zone 'utc' - interval '14 days'
