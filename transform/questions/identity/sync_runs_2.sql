-- When was the last complete sync of each stream?

select stream, max(ended_at) as complete_at from sync_runs
where status = 'complete' group by stream
