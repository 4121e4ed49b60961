-- Which applications are machine-to-machine, without a user signing in?

select a.id, a.name from stg_kinde__applications a
where a.type = 'm2m'
