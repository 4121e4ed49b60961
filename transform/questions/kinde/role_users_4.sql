create table reviewed_roles as
select role_id, user_id, org_code from stg_kinde__role_users
