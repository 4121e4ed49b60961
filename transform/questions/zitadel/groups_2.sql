-- How many members does each group have?

select o.name as organization, g.name, count(m.user_id) as users
from stg_zitadel__groups g
join stg_zitadel__organizations o on o.id = g.organization_id
left join stg_zitadel__group_users m on m.group_id = g.id
group by g.id, g.name, o.name
