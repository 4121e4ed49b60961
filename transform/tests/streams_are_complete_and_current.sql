{{ config(severity=identity_access.evidence()) }}
-- What is built after `identity_stream_status` waits for tests of it alone; nothing is built after `identity_looks`.
-- depends_on: {{ ref('identity_looks') }}
select * from {{ ref('identity_evidence_gaps') }}
