-- Which APIs have no scopes, so that scopes cannot limit access to them?

select a.name, a.audience from stg_kinde__apis a
where coalesce(jsonb_array_length(a.scopes), 0) = 0
