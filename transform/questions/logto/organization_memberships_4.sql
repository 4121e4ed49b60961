-- Keep a copy of the memberships, for the next review. (New members can only be found by comparison.)

create table reviewed_memberships as
select organization_id, user_id from stg_logto__organization_memberships
