with accounts as (
    select
        account_id,
        source_id,
        account_type,
        email_trust,
        case when account_type = 'human' then email_normalized end as email,
        account_type = 'human' and email_trust in ('verified', 'asserted') as is_vouched_for
    from {{ ref('identity_accounts') }}
),

overrides as (
    {#- Columns of an empty seed are of no type to rely on. #}
    select
        cast(account_id as {{ dbt.type_string() }}) as account_id,
        nullif(lower(trim(cast(person_email as {{ dbt.type_string() }}))), '') as email,
        cast(reason as {{ dbt.type_string() }}) as reason
    from {{ ref('identity_people_overrides') }}
),

known as (
    select email from {{ ref('int_identity__employees') }}
    union
    select email
    from overrides
    where email is not null
    union
    select accounts.email
    from accounts
    left join overrides on accounts.account_id = overrides.account_id
    where accounts.is_vouched_for and overrides.account_id is null
)

select
    accounts.account_id,
    accounts.source_id,
    case
        when overrides.account_id is not null then 'person/' || overrides.email
        when accounts.is_vouched_for then 'person/' || accounts.email
    end as person_id,
    case
        when overrides.account_id is not null then 'override'
        when accounts.is_vouched_for and employees.email is not null then 'employee'
        when accounts.is_vouched_for then 'email'
        else 'none'
    end as match_rule,
    case
        when overrides.account_id is not null then overrides.reason
        when accounts.account_type <> 'human' then 'not a person'
        when accounts.email_trust = 'verified' then 'the vendor says that the address is verified'
        when accounts.email_trust = 'asserted' then 'addresses of the system are trusted (trusted_email)'
        when accounts.email_trust = 'unverified' then 'the vendor says that the address is not verified'
        when accounts.email_trust = 'unknown' then 'the vendor does not say whether the address is verified'
        else 'there is no address'
    end as match_reason,
    case
        when overrides.account_id is null and not accounts.is_vouched_for then 'person/' || known.email
    end as possible_person_id
from accounts
left join overrides on accounts.account_id = overrides.account_id
left join {{ ref('int_identity__employees') }} as employees on accounts.email = employees.email
left join known on accounts.email = known.email
