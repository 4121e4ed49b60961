-- Exceptions that have no effect, and why. They stop no model: what they do not cover is open.
-- depends_on: {{ ref('identity_control_status') }}
select
    problem,
    control_id,
    subject,
    account_id
from {{ ref('int_identity__exceptions') }}
where problem is not null
