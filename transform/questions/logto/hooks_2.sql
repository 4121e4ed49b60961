-- Which webhooks are disabled?

select h.name, h.host, h.created_at from stg_logto__hooks h
where not h.enabled
