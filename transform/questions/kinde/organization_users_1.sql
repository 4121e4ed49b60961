-- What are the effective permissions of each member in each organization?

select o.name as organization, m.full_name, m.email, p."key" as permission,
       string_agg(r.name, ', ' order by r.name) as through
from stg_kinde__organization_users m
cross join lateral (select jsonb_array_elements_text(m.roles) as "key") held
join stg_kinde__roles r on r."key" = held."key"
join stg_kinde__role_permissions p on p.role_id = r.id
join stg_kinde__organizations o on o.code = m.org_code
group by o.code, o.name, m.id, m.full_name, m.email, p.id, p."key"
