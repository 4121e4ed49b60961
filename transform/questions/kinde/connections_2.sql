-- Which connections have had no user sign in for 90 days? (E-mail addresses, phone numbers and user names
-- come through no connection, so one that sends codes by e-mail is always listed.)

select c.display_name, c.strategy, count(u.id) as users, max(u.last_signed_in) as last_seen
from stg_kinde__connections c
left join stg_kinde__user_identities i on i.connection_id = c.id
left join stg_kinde__users u on u.id = i.user_id
group by c.id, c.display_name, c.strategy
having coalesce(max(u.last_signed_in), '-infinity') < now() at time zone 'utc' - interval '90 days'
