select c.type, c.connector_id, c.from_email, c.is_demo
from stg_logto__connectors c
where c.type in ('Email', 'Sms')
