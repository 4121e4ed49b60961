-- Which applications are third-party applications?

select a.name, a.type, a.created_at, a.oidc_client_metadata -> 'redirect_uris' as redirect_uris
from stg_logto__applications a
where a.is_third_party
