-- Which keys are in use?

select m."key", count(*) as organizations
from stg_zitadel__organization_metadata m
group by m."key"
