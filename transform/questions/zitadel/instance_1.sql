select i.* from stg_zitadel__instance i
