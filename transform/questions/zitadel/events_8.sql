-- How far back do the events go?

select min(e.creation_date) as events_since from stg_zitadel__events e
