with holders as (
    select
        findings.finding_id,
        findings.account_id,
        coalesce(findings.person_id, owners.person_id) as person_id,
        owners.possible_person_id
    from identity_findings as findings
    left join identity_account_people as owners on findings.account_id = owners.account_id
    where findings.finding_id = any($finding_ids)
),

persons as (
    select finding_id, person_id from holders where person_id is not null
    union
    select finding_id, possible_person_id from holders where possible_person_id is not null
)

select finding_id, cast(null as text) as email from holders
union
select
    holders.finding_id,
    lower(accounts.email)
from holders
inner join identity_accounts as accounts on holders.account_id = accounts.account_id
union
select
    persons.finding_id,
    lower(people.email)
from persons
inner join identity_people as people on persons.person_id = people.person_id
union
select
    persons.finding_id,
    lower(accounts.email)
from persons
inner join identity_account_people as owners on persons.person_id = owners.person_id
inner join identity_accounts as accounts on owners.account_id = accounts.account_id
