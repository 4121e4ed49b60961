-- How many users are active, and how many are deactivated?

select active, count(*) as users from stg_rudderstack__users group by active
