-- Which instance is this, and which version does it run?

select i.* from stg_zitadel__instance i
