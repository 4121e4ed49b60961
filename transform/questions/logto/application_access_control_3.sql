-- Which applications may everybody use?

select a.name, a.type from stg_logto__applications a
where a.type <> 'MachineToMachine'
  and a.app_level_access_control_enabled is not true
