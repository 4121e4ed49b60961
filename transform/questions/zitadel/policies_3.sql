-- Which organizations allow self-registration, and how short may passwords be?

select o.name as organization,
       bool_or(coalesce((p.policy ->> 'allow_register')::boolean, false)) as anybody_may_register,
       max((p.policy ->> 'min_length')::integer) as shortest_password
from stg_zitadel__policies p
join stg_zitadel__organizations o on o.id = p.organization_id
where p.type in ('login', 'password_complexity')
group by o.id, o.name
