"""URLs and domains that settings give: one normal form for each, or one sentence."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from identity_sdk.errors import SettingsError
from identity_sdk.http.urls import check_domain, check_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        (" https://api.example.com/scim/v2// \n", "https://api.example.com/scim/v2"),
        ("HTTPS://api.example.com:8443/v2", "https://api.example.com:8443/v2"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://LocalHost", "http://localhost"),
        ("http://127.0.0.1:1/x/", "http://127.0.0.1:1/x"),
        ("http://127.8.9.10", "http://127.8.9.10"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
        ("http://[::FFFF:127.0.0.1]:8080/x", f"http://[{ip_address('::ffff:7f00:1')}]:8080/x"),
        ("https://API.Example.com", "https://api.example.com"),
        ("https://api.example.com.", "https://api.example.com"),
        ("https://api.example.com:443/V2", "https://api.example.com/V2"),
        ("https://api.example.com:80", "https://api.example.com:80"),
        ("https://api.example.com:/", "https://api.example.com"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost.:443", "http://localhost:443"),
        ("https://api.example.com//scim///v2", "https://api.example.com/scim/v2"),
        ("https://[2001:DB8:0::1]:443", "https://[2001:db8::1]"),
    ],
)
def test_a_tenant_has_one_url_however_it_is_spelled(url: str, expected: str) -> None:
    assert check_url("api_url", url, allow_http=False) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://example.com/localhost",
        "http://10.0.0.1",
        "http://0.0.0.0",
    ],
)
def test_plain_http_needs_a_setting(url: str) -> None:
    with pytest.raises(SettingsError, match=r"`api_url` is plain http.*allow_http"):
        check_url("api_url", url, allow_http=False)
    assert check_url("api_url", url, allow_http=True) == url


@pytest.mark.parametrize("allow_http", [True, False])
@pytest.mark.parametrize(
    "url",
    [
        *("", " ", "api.example.com", "/scim", "//api.example.com", "https://", "https:///scim"),
        *("ftp://api.example.com", "file:///etc/passwd", "https:api.example.com", "https://:443"),
        *("https://me:s3cret@api.example.com", "https://s3cret@h", "https://:s3cret@h"),
        *("https://h/?s3cret", "https://h/#s3cret", r"https://127.0.0.1\@h"),
    ],
)
def test_what_is_no_url_is_refused_without_telling_it(url: str, allow_http: bool) -> None:
    with pytest.raises(SettingsError, match="`api_url`") as caught:
        check_url("api_url", url, allow_http=allow_http)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://[::1", "https://h\u2100", "https://h:x", "https://h:99999", "https://a b"]
)
def test_a_url_that_urlsplit_chokes_on_or_lets_pass_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="`api_url`"):
        check_url("api_url", url, allow_http=False)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("id.example.com", "id.example.com"),
        (" ID.Example.com.\n", "id.example.com"),
        ("id.example.com/", "id.example.com"),
        ("id.example.com:443", "id.example.com"),
        ("id.example.com:8443", "id.example.com:8443"),
        ("xn--mller-kva.example", "xn--mller-kva.example"),
        ("[::1]:8080", "[::1]:8080"),
    ],
)
def test_a_domain_is_a_host_header(given: str, expected: str) -> None:
    assert check_domain("external_domain", given) == expected


@pytest.mark.parametrize(
    "given",
    [
        *("https://id.example.com", "id.example.com/ui", "s3cret@id.example.com", "id.x?s3cret"),
        *("id example.com", "id.example.com\r\nX-Y: z", "müller.example", "id:x", ":443", "."),
    ],
)
def test_what_is_no_domain_is_refused_without_telling_it(given: str) -> None:
    with pytest.raises(SettingsError, match="`external_domain` must be a domain") as caught:
        check_domain("external_domain", given)
    assert "s3cret" not in str(caught.value)
