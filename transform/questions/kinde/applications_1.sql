select a.id, a.name from stg_kinde__applications a
where a.type = 'm2m'
