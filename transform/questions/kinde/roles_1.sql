-- Which roles are assigned to every new member?

select r."key", r.name, r.description from stg_kinde__roles r
where r.is_default_role
