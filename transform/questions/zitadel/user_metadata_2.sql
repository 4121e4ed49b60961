-- Which keys of user metadata are in use?

select m."key", count(*) as users
from stg_zitadel__user_metadata m
group by m."key"
