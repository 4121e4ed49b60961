-- Exceptions that have no effect, and why.
select
    problem,
    control_id,
    subject,
    account_id
from {{ ref('int_identity__exceptions') }}
where problem is not null
