-- Which applications may use the implicit grant, which exposes tokens in URLs?

select p.name as project, a.name as application, a.application_type, a.redirect_uris
from stg_zitadel__applications a
join stg_zitadel__projects p on p.id = a.project_id
where 'OIDC_GRANT_TYPE_IMPLICIT' in (select jsonb_array_elements_text(a.grant_types))
-- may be empty
