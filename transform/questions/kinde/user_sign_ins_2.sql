-- Which organizations did users sign in to during the last day?

select u.email, o.name as organization, place.value ->> 'last_signed_in' as last_signed_in
from stg_kinde__user_sign_ins s
cross join lateral (select jsonb_array_elements(s.last_organization_sign_ins) as value) place
join stg_kinde__users u on u.id = s.user_id
left join stg_kinde__organizations o on o.code = place.value ->> 'org_code'
where s.last_signed_in > now() at time zone 'utc' - interval '1 day'
