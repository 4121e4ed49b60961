with decisions as (
    select
        *,
        row_number() over (
            partition by finding_id order by decided_on desc, recorded_at desc, decision_id
        ) as recency
    from {decisions}
)

select
    findings.finding_id,
    findings.severity,
    findings.control_id,
    controls.title,
    findings.source_id,
    people.display_name as person,
    people.email as person_email,
    coalesce(accounts.display_name, accounts.user_name, accounts.native_id, findings.account_id)
        as account,
    coalesce(entitlements.display_name, findings.entitlement_id) as entitlement,
    coalesce(scopes.display_name, findings.scope_id) as scope,
    findings.detail,
    case
        when findings.status = 'accepted' then 'accepted'
        when decisions.decision = 'keep' then 'kept'
        when decisions.decision = 'revoke' then 'to be revoked'
        when decisions.accept_until >= cast($today as date) then 'accepted'
        else 'open'
    end as state,
    case when findings.status = 'accepted' then 'accept until' else decisions.decision end
        as last_decision,
    case when findings.status = 'accepted' then findings.accepted_by else decisions.decided_by end
        as last_decided_by,
    decisions.decided_on as last_decided_on,
    cast(
        case
            when findings.status = 'accepted' then findings.accepted_until
            else decisions.accept_until
        end as date
    ) as last_accept_until,
    case when findings.status = 'accepted' then findings.accepted_reason else decisions.why end
        as last_why,
    findings.account_id,
    findings.person_id,
    findings.entitlement_id,
    findings.scope_id,
    findings.subject
from identity_findings as findings
inner join identity_controls as controls on findings.control_id = controls.control_id
left join identity_accounts as accounts on findings.account_id = accounts.account_id
left join identity_people as people on findings.person_id = people.person_id
left join identity_entitlements as entitlements
    on findings.entitlement_id = entitlements.entitlement_id
left join identity_resources as scopes on findings.scope_id = scopes.resource_id
left join decisions on findings.finding_id = decisions.finding_id and decisions.recency = 1
where findings.source_id = any($sources)
