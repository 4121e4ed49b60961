"""Certificates that are not taken: each fault is told apart, at once, also through a proxy."""

from __future__ import annotations

import ssl
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
import trustme
import urllib3.util.ssl_
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from identity_sdk.errors import SettingsError, Unreachable
from tests.local_http import TOKEN, USERS, client_of, json_reply, script, serve
from tests.sdk.proxies import HOST, proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from identity_sdk.http.client import Client

DAY = timedelta(days=1)
NOW = datetime.now(timezone.utc)
PRIVATE = "If it was issued by a private CA, or by a TLS-inspecting proxy"


@pytest.fixture(autouse=True)
def no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """As urllib3 asks of OpenSSL with Python 3.13 and later."""

    def create(**settings: Any) -> ssl.SSLContext:
        context = plain(**settings)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    plain = urllib3.util.ssl_.create_urllib3_context
    monkeypatch.setattr("urllib3.connection.create_urllib3_context", create)


def issued(authority: trustme.CA, *names: str, **validity: Any) -> ssl.SSLContext:
    """What a server needs for a certificate of these names."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or (HOST, "127.0.0.1")), **validity).configure_cert(tls)
    return tls


def without_key_identifier(authority: trustme.CA, folder: Path) -> ssl.SSLContext:
    """As many a company's own CA issues them: nothing but names."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    signing = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    assert isinstance(signing, ec.EllipticCurvePrivateKey)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=True)
        .sign(signing, hashes.SHA256())
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(pem, form, serialization.NoEncryption()) + certificate.public_bytes(pem)
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(path)
    return tls


@pytest.fixture(params=["directly", "through a proxy"])
def way(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


def refusal(tls: ssl.SSLContext, way: str = "directly", **settings: Any) -> str:
    """What is said of a server's certificate; it is looked at once, and nothing is sent."""
    with ExitStack() as stack:
        server = stack.enter_context(serve(script(json_reply([])), tls))
        base = server.url
        if way != "directly":
            between = stack.enter_context(proxy(server.server_port))
            stack.enter_context(pytest.MonkeyPatch.context()).setenv("HTTPS_PROXY", between.url)
            base = f"https://{HOST}"
        client = stack.enter_context(client_of(base, retries=9, **settings))
        with pytest.raises(Unreachable) as caught:
            client.get(USERS)
        assert (client.requests.count, server.requests) == (1, [])
    word = str(caught.value)
    assert word.startswith(f"{base}: the server's certificate")
    assert TOKEN not in word
    return word.removeprefix(f"{base}: the server's certificate")


def test_one_that_has_expired(authority: trustme.CA, ca_file: str, way: str) -> None:
    tls = issued(authority, not_before=NOW - 2 * DAY, not_after=NOW - DAY)
    assert refusal(tls, way, ca_bundle=ca_file) == (
        ", or one in its chain, has expired: have it renewed. Or this machine's clock is wrong."
    )


def test_one_that_is_not_valid_yet(authority: trustme.CA, ca_file: str, way: str) -> None:
    tls = issued(authority, not_before=NOW + DAY, not_after=NOW + 2 * DAY)
    word = refusal(tls, way, ca_bundle=ca_file)
    assert word.startswith(", or one in its chain, is not valid yet: this machine's clock")
    assert "`ca_bundle`" not in word


@pytest.mark.parametrize("name", ["other.example.test", "10.0.0.1"])
def test_one_of_another_host(authority: trustme.CA, ca_file: str, way: str, name: str) -> None:
    word = refusal(issued(authority, name), way, ca_bundle=ca_file)
    assert word.startswith(" is for another host (")
    assert word.endswith("). Check the URL, or have the certificate reissued.")
    assert (HOST if way != "directly" else "127.0.0.1") in word
    assert "`ca_bundle`" not in word


@pytest.mark.usefixtures("strict")
def test_one_that_python_has_refused_since_3_13(
    authority: trustme.CA, ca_file: str, tmp_path: Path
) -> None:
    tls = without_key_identifier(authority, tmp_path)
    assert refusal(tls, "through a proxy", ca_bundle=ca_file) == (
        ", or one in its chain, violates RFC 5280 (Missing Authority Key Identifier), "
        "which Python enforces since 3.13: have it reissued, or run the tap with Python 3.12."
    )


def test_one_of_a_ca_that_is_not_known(authority: trustme.CA, way: str) -> None:
    word = refusal(issued(authority), way)
    assert word.startswith(" is not trusted: it was not issued by a public CA (unable to get")
    assert word.endswith(f"{PRIVATE}, set `ca_bundle` to a file with that CA's certificate.")


def test_one_of_another_ca_than_those_that_were_named(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = str(tmp_path / "other.pem")
    trustme.CA().cert_pem.write_to_path(other)
    word = refusal(issued(authority), ca_bundle=other)
    assert word.startswith(" is not trusted: it was not issued by a CA of `ca_bundle` (")
    assert word.endswith(f"{PRIVATE}, add that CA's certificate to `ca_bundle`.")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", other)
    word = refusal(issued(authority))
    assert word.startswith(" is not trusted: it was not issued by a CA of REQUESTS_CA_BUNDLE (")
    assert "set `ca_bundle` to" in word


def test_the_proxys_own(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(script(json_reply([])), issued(authority)) as between:
        monkeypatch.setenv("HTTPS_PROXY", between.url)
        with client_of(f"https://{HOST}") as client, pytest.raises(Unreachable) as caught:
            client.get(USERS)
    assert str(caught.value).startswith(
        f"{between.url}: the proxy's certificate is not trusted: it was not issued by a public CA"
    )


# Files of certificates


@pytest.fixture
def bundles(authority: trustme.CA, tmp_path: Path) -> dict[str, str]:
    """Bundles by what is wrong with them."""
    pem = authority.cert_pem.bytes()
    der = x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
    contents = {"DER": der, "empty": b"", "cut short": pem[:200], "no certificate": b"{}"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder").mkdir()
    return {each: str(tmp_path / each) for each in (*contents, "folder", "missing")}


@pytest.fixture(params=["`ca_bundle`", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def named(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Any]]:
    """How a bundle is named, and a client that is told so."""
    name: str = request.param

    def client(bundle: str) -> Client:
        if name == "`ca_bundle`":
            return stack.enter_context(client_of("https://127.0.0.1:9", ca_bundle=bundle))
        monkeypatch.setenv(name, bundle)
        return stack.enter_context(client_of("https://127.0.0.1:9"))

    with ExitStack() as stack:
        yield name, client


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("DER", "must be a file of certificates in PEM format."),
        ("empty", "must be a file of certificates in PEM format."),
        ("cut short", "must be a file of certificates in PEM format."),
        ("no certificate", "must be a file of certificates in PEM format."),
        ("missing", "is a file that cannot be read (No such file or directory)."),
        (
            "folder",
            "is a directory without hashed certificates (see `openssl rehash`); "
            "use a file in PEM format.",
        ),
    ],
)
def test_a_bundle_that_is_none_is_told_at_once(
    bundles: dict[str, str], named: tuple[str, Any], kind: str, said: str
) -> None:
    name, client_with = named
    client = client_with(bundles[kind])
    with pytest.raises(SettingsError) as caught:
        client.get(USERS)
    assert str(caught.value) == f"{name} {said}"


def test_a_folder_of_certificates_under_their_hashes_is_taken(
    authority: trustme.CA, tmp_path: Path
) -> None:
    (tmp_path / "0123abcd.0").write_bytes(trustme.CA().cert_pem.bytes())
    word = refusal(issued(authority), ca_bundle=str(tmp_path))
    assert word.startswith(" is not trusted: it was not issued by a CA of `ca_bundle` (")


def test_the_public_cas_are_those_of_certifi(
    authority: trustme.CA, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not OpenSSL's, which some machines lack and others widen."""
    monkeypatch.setenv("SSL_CERT_FILE", ca_file)
    assert "is not trusted" in refusal(issued(authority))
    monkeypatch.setattr("identity_sdk.http.route.DEFAULT_CA_BUNDLE_PATH", ca_file)
    with serve(script(json_reply([1])), issued(authority)) as server, client_of(server.url) as ours:
        assert ours.get(USERS).body == [1]
