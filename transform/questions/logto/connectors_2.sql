-- Which connectors send e-mail and SMS, and is Logto's demo connector still in use?

select c.type, c.connector_id, c.from_email, c.is_demo
from stg_logto__connectors c
where c.type in ('Email', 'Sms')
