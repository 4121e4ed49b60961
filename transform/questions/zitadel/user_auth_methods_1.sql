-- Which users have no second factor?

select u.display_name, u.email from stg_zitadel__users u
where u.type = 'human' and u.state = 'USER_STATE_ACTIVE'
and not exists (
  select 1 from stg_zitadel__user_auth_methods f
  where f.user_id = u.id and f.auth_method in (
    'AUTHENTICATION_METHOD_TYPE_TOTP', 'AUTHENTICATION_METHOD_TYPE_U2F',
    'AUTHENTICATION_METHOD_TYPE_OTP_SMS', 'AUTHENTICATION_METHOD_TYPE_OTP_EMAIL',
    'AUTHENTICATION_METHOD_TYPE_PASSKEY'
  )
)
