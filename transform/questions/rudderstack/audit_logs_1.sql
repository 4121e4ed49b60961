-- What changed in users, invitations and permissions?

select created_at, actor_id, action, target_type, target_id from stg_rudderstack__audit_logs
where target_type in ('user', 'user_invitation', 'permission')
order by created_at desc
