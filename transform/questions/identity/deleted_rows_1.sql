-- How many users are live, and how many are marked as deleted? (With a loader that processes
-- ACTIVATE_VERSION.)

select count(*) filter (where _sdc_deleted_at is null) as live,
       count(_sdc_deleted_at) as removed
from users
