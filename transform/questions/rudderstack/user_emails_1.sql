-- Which addresses are outside the company's domain?

select u.display_name, e.value
from stg_rudderstack__user_emails e
join stg_rudderstack__users u on u.id = e.user_id
where e.value not like '%@example.com'
