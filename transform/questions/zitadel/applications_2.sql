-- Which applications have redirect URIs without TLS?

select p.name as project, a.name as application, r.uri
from stg_zitadel__applications a
join stg_zitadel__projects p on p.id = a.project_id
cross join lateral (select jsonb_array_elements_text(a.redirect_uris) as uri) r
where r.uri like 'http://%'
-- may be empty
