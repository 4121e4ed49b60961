-- Which users are live? (With any loader that keeps one row per key.)

select u.* from users u
where u._sync_id >= (
  select max(sync_id) from sync_runs
  where stream = 'users' and status = 'complete' and mode = 'full'
)
