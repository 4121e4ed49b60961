-- Keep a copy of who holds which role, for the next review. (Kinde does not say when a role was assigned: new
-- assignments can only be found by comparison.)

create table reviewed_roles as
select role_id, user_id, org_code from stg_kinde__role_users
