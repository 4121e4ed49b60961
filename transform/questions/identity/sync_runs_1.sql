-- Which streams were complete in the latest run?

select stream, status, reason, row_count, server_total, ended_at from sync_runs
where sync_id = (select max(sync_id) from sync_runs)
