select active, count(*) as users from stg_rudderstack__users group by active
