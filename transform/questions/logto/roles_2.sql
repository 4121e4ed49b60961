-- Which roles does nobody hold?

select r.name, r.type from stg_logto__roles r
where r.users_count = 0 and r.applications_count = 0
