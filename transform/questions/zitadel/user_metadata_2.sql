select m."key", count(*) as users
from stg_zitadel__user_metadata m
group by m."key"
