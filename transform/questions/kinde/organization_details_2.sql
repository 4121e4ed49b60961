-- Which organizations are suspended, and how many members do they have?

select d.name, d.suspended_on, count(m.id) as members
from stg_kinde__organization_details d
left join stg_kinde__organization_users m on m.org_code = d.code
where d.is_suspended
group by d.code, d.name, d.suspended_on
-- may be empty
