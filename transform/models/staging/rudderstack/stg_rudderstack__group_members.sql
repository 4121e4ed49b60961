{{ identity_access.staging('rudderstack', 'group_members', key=['group_id', 'member_type', 'member_id']) }}
