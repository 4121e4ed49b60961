-- Who signed in during the last day?

select u.id, u.email, s.last_signed_in, s.total_sign_ins
from stg_kinde__user_sign_ins s
join stg_kinde__users u on u.id = s.user_id
where s.last_signed_in > now() at time zone 'utc' - interval '1 day'
order by s.last_signed_in desc
