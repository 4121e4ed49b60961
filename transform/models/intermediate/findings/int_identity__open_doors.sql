{#- Rules by which anybody joins. Which addresses may join an organization of Kinde is another stream's word: where
    that has begun to be read and lacks the organization, the rule is not known. -#}
select
    rules.*,
    not(
        rules.rule_value = 'unknown'
        and coalesce(details.state, 'not loaded') not in ('not loaded', 'skipped', 'unsupported')
    ) as is_proven
from {{ ref('identity_join_rules') }} as rules
left join {{ ref('identity_stream_status') }} as details
    on rules.source_id = details.source_id and details.stream = 'organization_details'
