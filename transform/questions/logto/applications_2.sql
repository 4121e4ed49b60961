-- Which redirect URIs are there, and are they all ours?

select a.name, uri.value as redirect_uri
from stg_logto__applications a
cross join lateral (select jsonb_array_elements_text(a.oidc_client_metadata -> 'redirect_uris') as value) uri
