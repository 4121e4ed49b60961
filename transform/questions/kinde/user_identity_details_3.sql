-- Who has bypassed enterprise sign-in since last using it?

select u.email, max(d.last_login_on) filter (where d.type = 'enterprise') as enterprise,
       max(d.last_login_on) filter (where d.type <> 'enterprise') as otherwise
from stg_kinde__user_identity_details d
join stg_kinde__users u on u.id = d.user_id
group by u.id, u.email
having bool_or(d.type = 'enterprise')
  and max(d.last_login_on) filter (where d.type <> 'enterprise')
    > coalesce(max(d.last_login_on) filter (where d.type = 'enterprise'), '-infinity')
