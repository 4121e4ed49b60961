-- Which clients authenticate with a secret, or not at all?

select p.name as project, a.name as application, a.type, a.application_type, a.auth_method_type
from stg_zitadel__applications a
join stg_zitadel__projects p on p.id = a.project_id
where a.type in ('oidc', 'api') and a.auth_method_type not like '%PRIVATE_KEY_JWT'
  and a.state = 'APPLICATION_STATE_ACTIVE'
