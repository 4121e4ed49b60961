-- Which API resources have no permissions, so that roles cannot limit access to them?

select x.name, x.indicator from stg_logto__resources x
where not exists (
  select 1 from stg_logto__scopes s where s.resource_id = x.id
)
