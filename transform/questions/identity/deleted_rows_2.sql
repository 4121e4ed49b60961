-- Which users are deleted? (With any loader, including append-only ones.)

select id from users
group by id
having max(_sync_id) < (
  select max(sync_id) from sync_runs
  where stream = 'users' and status = 'complete' and mode = 'full'
)
