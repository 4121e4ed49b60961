select count(*) filter (where _sdc_deleted_at is null) as live,
       count(_sdc_deleted_at) as removed
from users
