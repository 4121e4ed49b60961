{#- The status of the stream that tells the activity of each active account: in Kinde and Logto, the users themselves
    for people; else a log. -#}
select
    accounts.*,
    {{ identity_access.holder('accounts', 'accounts.account_id') }} as holder,
    status.state,
    status.as_of
from {{ ref('identity_accounts') }} as accounts
left join {{ ref('identity_stream_status') }} as status
    on
        accounts.source_id = status.source_id
        and status.stream = case
            when accounts.system in ('kinde', 'logto') and accounts.account_type = 'human' then 'users'
            when accounts.system = 'zitadel' then 'events'
            when accounts.system <> 'kinde' then 'audit_logs'
        end
where accounts.active
