{#- The questions of the review. Each has a row in `identity_controls` and a model `review_*`. -#}
{%- macro controls() -%}
{{ return([
  'privileged-access', 'new-privileged', 'privileged-without-mfa', 'no-mfa', 'leaver-with-access',
  'suspended-with-access', 'credential-of-inactive', 'dormant', 'activity-unknown', 'direct-permission',
  'member-without-role', 'grant-without-effect', 'toxic-combination', 'cross-organization', 'external-access',
  'outside-sso', 'credential-never-expires', 'credential-expired', 'credential-unused', 'service-without-owner',
  'unmatched-account', 'open-door', 'pending-invitation',
]) }}
{%- endmacro -%}


{#- A subject: the ids that make a finding, in order. -#}
{%- macro subject(ids) -%}{{ ids | join(" || ' ' || ") }}{%- endmacro -%}


{#- The day of a time, for people: 2026-01-31. -#}
{%- macro day(time) -%}cast(cast({{ time }} as date) as {{ dbt.type_string() }}){%- endmacro -%}


{#- A number, for people. -#}
{%- macro number(value) -%}cast({{ value }} as {{ dbt.type_string() }}){%- endmacro -%}


{#- An account, for people: the beginning of a sentence.

    Args:
        row: The relation with the columns of `identity_accounts`, of which there may be no row.
        account_id: The column with the id, which is told if there is none. -#}
{%- macro holder(row, account_id) -%}
case {{ row }}.account_type when 'service' then 'Service account ' when 'application' then 'Application ' else '' end
    || coalesce(
        {{ row }}.display_name || ' (' || {{ row }}.email || ')',
        {{ row }}.display_name,
        {{ row }}.user_name,
        {{ account_id }}
    )
{%- endmacro -%}


{#- Whether nothing stands in the way of a grant but that its own account is suspended: Kinde says so of each
    membership too. -#}
{%- macro stands(grants, accounts) -%}
(
    {{ grants }}.inactive_reason is null
    or (
        {{ accounts }}.status = 'suspended'
        and {{ grants }}.inactive_reason = 'the user is suspended in the organization'
    )
)
{%- endmacro -%}


{#- A time some days before the build's. -#}
{%- macro days_ago(days) -%}{{ dbt.dateadd('day', -(days | int), identity_access.now()) }}{%- endmacro -%}


{#- The time of the last review: `review_since`, or 90 days ago. -#}
{%- macro review_since() -%}
{%- if var('review_since') -%}
cast({{ dbt.string_literal(var('review_since')) }} as {{ dbt.type_timestamp() }})
{%- else -%}
{{ identity_access.days_ago(90) }}
{%- endif -%}
{%- endmacro -%}


{#- Some days before the time up to which a stream tells what was used. That is now, if it is complete; else
    the end of its last complete run, so that what a failed run has not told makes nothing look unused. -#}
{%- macro unused_since(state, as_of, days) -%}
{{ dbt.dateadd(
    'day', -(days | int),
    'case when ' ~ state ~ " = 'complete' then " ~ identity_access.now() ~ ' else ' ~ as_of ~ ' end'
) }}
{%- endmacro -%}


{#- What an address is at. -#}
{%- macro domain_of(email) -%}{{ dbt.split_part(email, "'@'", 2) }}{%- endmacro -%}
