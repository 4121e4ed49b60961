-- Which roles are assigned to every new user?

select r.name, r.description, r.users_count
from stg_logto__roles r
where r.is_default
