-- Which organizations do not require MFA, and how many members do they have?

select o.name, o.users_count from stg_logto__organizations o
where not o.is_mfa_required
order by o.users_count desc
