{{ config(unique_key=['source_id', 'stream']) }}
-- depends_on: {{ ref('identity_access_history') }}
-- depends_on: {{ ref('identity_account_history') }}
with {{ identity_access.looks() }}

select
    source_id,
    stream,
    looked_at
from looks
where is_new
