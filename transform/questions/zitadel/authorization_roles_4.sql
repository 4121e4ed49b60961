-- Keep a copy of who holds which role, for the next review. (An authorization shows when it was changed, but
-- not which of its roles are new.)

create table reviewed_authorization_roles as
select authorization_id, role_key from stg_zitadel__authorization_roles
