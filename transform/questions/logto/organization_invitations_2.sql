-- Who joined by invitation, and who had invited them?

select o.name as organization, i.invitee, u.name as accepted_by, inviter.name as invited_by,
       i.updated_at
from stg_logto__organization_invitations i
join stg_logto__organizations o on o.id = i.organization_id
left join stg_logto__users u on u.id = i.accepted_user_id
left join stg_logto__users inviter on inviter.id = i.inviter_id
where i.status = 'Accepted'
