-- Which organizations can anybody join by signing in?

select o.code, o.name, o.is_default from stg_kinde__organizations o
where o.is_auto_membership_enabled
