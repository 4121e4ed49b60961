-- Which permissions were removed from a role?

-- raw tables, which keep the rows that are gone
select r.name as role, p."key" as permission,
       min(gone.ended_at) as noticed_gone
from role_permissions p
join sync_runs gone
  on gone.stream = 'role_permissions' and gone.status = 'complete' and gone.mode = 'full'
  and gone.sync_id > p._sync_id
left join roles r on r.id = p.role_id
group by r.name, p.role_id, p.id, p."key"
