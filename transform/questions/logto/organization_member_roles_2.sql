-- Which organization roles are held by only one or two members?

select o.name as organization, m.organization_role_name as role, count(*) as holders,
       string_agg(
         coalesce(u.primary_email, u.username, u.id), ', '
         order by coalesce(u.primary_email, u.username, u.id)
       ) as who
from stg_logto__organization_member_roles m
join stg_logto__organizations o on o.id = m.organization_id
join stg_logto__users u on u.id = m.user_id
group by o.id, o.name, m.organization_role_id, m.organization_role_name
having count(*) <= 2
