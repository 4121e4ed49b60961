-- Which hosts receive user events?

select h.host, h.name, h.events from stg_logto__hooks h
where h.enabled
  and exists (
    select 1 from (select jsonb_array_elements_text(h.events) as event) each where event like 'User.%'
  )
