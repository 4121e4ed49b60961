-- Who reports to whom, according to the identity provider?

select u.display_name, m.display_name as manager
from stg_rudderstack__users u left join stg_rudderstack__users m on m.id = u.manager_id
