-- Which streams have had no complete sync for 36 hours?

select stream from sync_runs where status = 'complete'
group by stream having max(ended_at) < now() at time zone 'utc' - interval '36 hours'
-- may be empty
