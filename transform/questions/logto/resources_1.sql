-- How long does a stolen access token remain valid?

select x.name, x.indicator, x.access_token_ttl / 60.0 as minutes
from stg_logto__resources x
order by x.access_token_ttl desc
