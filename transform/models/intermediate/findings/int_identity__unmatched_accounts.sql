{#- Accounts of people that belong to no person. Whether Kinde has verified an address is certain only if the stream
    that tells it was read. -#}
select
    accounts.*,
    people.match_reason,
    people.possible_person_id,
    not(
        accounts.system = 'kinde'
        and accounts.email_trust = 'unknown'
        and coalesce(details.state, 'not loaded') not in ('complete', 'stale')
    ) as is_proven
from {{ ref('identity_accounts') }} as accounts
inner join {{ ref('identity_account_people') }} as people on accounts.account_id = people.account_id
left join {{ ref('identity_stream_status') }} as details
    on accounts.source_id = details.source_id and details.stream = 'user_identity_details'
where
    accounts.active
    and accounts.account_type = 'human'
    and people.person_id is null
    and people.match_rule <> 'override'
