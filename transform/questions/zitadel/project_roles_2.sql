-- How many users hold each role, and in how many organizations?

select p.name as project, r."key", count(distinct h.user_id) as users,
       count(distinct h.organization_id) as organizations
from stg_zitadel__project_roles r
join stg_zitadel__projects p on p.id = r.project_id
left join stg_zitadel__authorization_roles h
  on h.project_id = r.project_id and h.role_key = r."key"
group by p.name, r.project_id, r."key"
order by users desc
