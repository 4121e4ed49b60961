"""Secrets: which values never leave a tap, by their names and by their shapes."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from identity_sdk.records.secrets import SECRET_NAMES, is_secret, without_secrets
from identity_sdk.singer.schemas import Schemas
from tests.local_http import Reply, json_reply, serve
from tests.running import run_tap, select

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.running import Message

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAK\n-----END RSA PRIVATE KEY-----\n"
JWT = "eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJ1MSJ9.c2lnbmVkIGJ5IG5vYm9keQ"
SPACED = "eyAiYWxnIjogIkVTMzg0IiB9.eyAic3ViIjogInUxIiB9.c2lnbmVkIGJ5IG5vYm9keQ"
JWE = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..aXYtaXYtaXY.Y2lwaGVy.dGFn"
PAT = "pat_" + "0aB9" * 8
SUBJECT = "sub_" + "0a9" * 7

GOES = [
    # Logto's audit logs
    *("subject_token", "actor_token", "one_time_token", "google_one_tap_credential"),
    *("code_verifier", "client_assertion", "client_secret", "password"),
    # by the last word, however it is written
    *("githubToken", "stripeSecretKey", "openai_api_key", "db_password", "x-api-key", "sshKey"),
    *("GITHUB_TOKEN", "GitHub token", "github.token", "githubtoken", "slack_token_2", "tokenV2"),
    *("oauth2token", "userJWT", "accessJWTs", "APIKey", "API_KEYS", "openaiApikey", "dbPassword1"),
    *("otp", "smsOtp", "emailOTPs", "session_cookie", "Cookies", "Proxy-Authorization"),
    *("sessioncookie", "accessjwt", "userpasswordhash"),
    *("login_passcode", "gpgPassphrase", "ftp_passwd", "db_pwd", "webauthn_credentials"),
    *("saml_assertion", "verifiers", "refresh_tokens", "all secrets", "passwords"),
    # a key of a kind that is secret
    *("deploy_private_key", "ssh_keys", "jwtSigningKey", "aws_secret_access_key", "masterKeys"),
    *("disk-encryption-key", "SECRET_KEY", "apikey2"),
    # what is made of a password
    *("password_hash", "passwordHashes", "user_password_digest", "pwd_sha256_hash"),
    # names that are secret only as a whole
    *("code", "codes", "PIN", "salt", "crypted", "encodedHash", "userCode", "recovery-codes"),
    # a secret as a name
    *(PAT, SUBJECT, JWT),
]  # fmt: skip
"""Names whose values go."""

STAYS = {
    # no secret by its value
    "has_password": True,
    "machine_has_secret": False,
    "project_role_assertion": True,
    "alwaysIssueRefreshToken": None,
    "password": True,
    "token": None,
    "secret": "2026-01-05T09:04:30.123Z",
    "lastOtp": "2026-01-05 09:04:30+01:00",
    # no secret by its last words
    "token_expires_at": "2026-01-05T09:04:30Z",
    "passwords_changed": 3,
    "password_last_changed": "2026-01-05",
    "passwordlessType": "PASSWORDLESS_TYPE_ALLOWED",
    "passwordPolicy": {"minLength": 8},
    "token_type": "Bearer",
    "tokenTypes": ["AccessToken"],
    "tokenId": "412",
    "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
    "refreshTokenTtlInDays": 14,
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "code_challenge_method": "S256",
    "credential_id": "AQID",
    "secretKeyId": "k1",
    "accessKeyId": "AKIA",
    "cookie_consent": "all",
    "tokenised": "yes",
    "zip_code": "1010",
    "country_code": "AT",
    # keys and hashes that are none
    "": 1,
    "key": "department",
    "keys": ["department"],
    "roleKeys": ["viewer"],
    "public_key": "AQAB",
    "keyboard": "qwertz",
    "monkey": "capuchin",
    "commit_hash": "9f6d64f",
    "digest": "daily",
    # on the list of exceptions, with its reason
    "applicationSecret": {"name": "Default secret"},
}
"""Names and values that stay."""

SHAPES = [
    *(PEM, JWT, JWE, PAT, SUBJECT, f"Bearer {JWT}", f"https://a.example/?id_token={JWT}&x=1"),
    *(f"key:\n{PEM}", f"exchanged {SUBJECT} for another", f'{{"t":"{PAT}"}}'),
    # run into what stands before, and escaped
    *(SPACED, f"token_{JWT}", f"id.token-{JWT}", f"a.b.{JWE}", f"?t%3D{JWT}", f"eyJ{JWT}"),
    *(f"?t%3D{PAT}", f"%0a{SUBJECT}", f"\\n{PAT}", f"exchanged\\t{SUBJECT}"),
]
"""Texts that go, whatever their name."""

HARMLESS = [
    *("sub_1MowQVLkdIwHu7ixeraBm864", "sub_49ty4767H20z6a"),  # Stripe's subscriptions
    *("sub_01h04vsc0qhwtsbsxh3422wjs4", SUBJECT[:-1], f"{SUBJECT}0", SUBJECT.upper()),
    *(PAT[:-1], f"{PAT}0", f"x{PAT}", "pat_the_dog_and_never_ever_stop_it_ok"),
    *("eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJ1MSJ9 and no more", "to.eyJ.to.eyJ.and.keyJump.on.and.on"),
    *("eyJhbGciOiJFUzM4NCJ9", "www.example.com/a.b.c.d.e.f.g.h", "-----BEGIN the letter-----"),
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/128.0 Safari/537.36",
]
"""Texts that stay, though they begin like a secret."""


@pytest.mark.parametrize("name", GOES)
def test_what_has_the_name_of_a_secret_goes(name: str) -> None:
    for value in ("x", 1234, ["x"], {"x": 1}, "", "1990-01-01"):
        found = without_secrets({"a": [{name: value, "b": 1}], "c": {name: value}})
        assert found == {"a": [{"b": 1}], "c": {}}, value


@pytest.mark.parametrize(("name", "value"), STAYS.items())
def test_what_is_no_secret_stays(name: str, value: Any) -> None:
    assert without_secrets({"a": [{name: value}]}) == {"a": [{name: value}]}


@pytest.mark.parametrize("text", SHAPES)
def test_what_has_the_shape_of_a_secret_goes(text: str) -> None:
    assert without_secrets({"note": text, "a": ["b", text, [text]]}) == {"a": ["b", []]}


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_begins_like_a_secret_stays(text: str) -> None:
    assert without_secrets({"note": text, "a": [text], text: 1}) == {
        "note": text,
        "a": [text],
        text: 1,
    }


def test_the_exception_is_for_what_describes_a_secret_not_for_one() -> None:
    assert without_secrets({"applicationSecret": "x"}) == {}
    described = {"applicationSecret": {"name": "ci", "value": PAT, "token": "x"}}
    assert without_secrets(described) == {"applicationSecret": {"name": "ci"}}


@pytest.mark.parametrize(
    "part",
    [
        *("password_", "eyJ", "eyJaaaaaaaa ", "eyJaaaaaaa.", "eyJ.", "a.", ".", "-eyA-", "%3DeyJ"),
        *("-----BEGIN ", "-----BEGIN", "-", "A", "aB", "As", "pat_", "%3Dpat_", "sub_0"),
    ],
)
def test_a_text_of_absurd_size_is_seen_through_quickly(part: str) -> None:
    text = part * (10**6 // len(part))
    began = time.process_time()
    assert len(without_secrets({"a": text, "b": {f"{text}x": 1}})) == 2
    assert time.process_time() - began < 2


_SECRETS = st.sampled_from(sorted(SECRET_NAMES)).flatmap(
    lambda name: st.sampled_from([name, name.upper(), f"_{name}", "-".join(name), name.title()])
)
_TEXT = st.characters(exclude_characters="\x00")  # which is removed
_NAMES = st.one_of(_SECRETS, st.sampled_from(GOES), st.text(_TEXT, max_size=8))
_LEAVES = st.none() | st.booleans() | st.integers() | st.text(_TEXT, max_size=5)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=5)
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    """Every place in a value, and what is there; containers by their kind and length."""
    if isinstance(value, dict):
        found: dict[tuple[Any, ...], Any] = {path: dict}
        for name, inner in value.items():
            found |= _paths(inner, (*path, name))
        return found
    if isinstance(value, list):
        found = {path: (list, len(value))}
        for number, inner in enumerate(value):
            found |= _paths(inner, (*path, number))
        return found
    return {path: value}


@settings(deadline=None)
@given(_VALUES)
@example({"a": [{"b": {"Password": 1, "c": [[{"token": {"d": 2}}]]}}], "secret": [1]})
@example({"token": None, "a": {"pin": False, "PIN": 0}})
def test_no_secret_survives_at_any_depth_and_all_else_does(value: Any) -> None:
    before = _paths(value)

    def gone(path: tuple[Any, ...]) -> bool:
        return any(
            isinstance(name, str)
            and is_secret(name)
            and (held := before[path[:end]]) is not None
            and not isinstance(held, bool)
            for end, name in enumerate(path, 1)
        )

    harmless = {path: found for path, found in before.items() if not gone(path)}
    assert _paths(without_secrets(value)) == harmless
    assert _paths(value) == before


def test_a_column_whose_type_holds_no_secret_may_have_the_name_of_one(tmp_path: Path) -> None:
    columns = {
        "has_password": {"type": ["boolean", "null"]},
        "last_token": {"type": ["string", "null"], "format": "date-time"},
    }
    (tmp_path / "users.json").write_text(json.dumps({"type": "object", "properties": columns}))
    assert list(Schemas(tmp_path).fetch_schema("users")["properties"])[:2] == list(columns)


PARAMS = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "scope": "openid",
    "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
    "code_challenge_method": "S256",
}
LIVE = {
    "subject_token": "S3CRET-1",
    "actor_token": "S3CRET-2",
    "one_time_token": "S3CRET-3",
    "google_one_tap_credential": "S3CRET-4",
    "code_verifier": "S3CRET-5",
    "client_assertion": "S3CRET-6",
    "code": "S3CRET-7",
    "login_hint": SUBJECT,
}
EVENT = {
    "tenantId": "default",
    "id": "tbz5h55vk12x8w2yejz6i",
    "key": "ExchangeTokenBy.TokenExchange",
    "createdAt": 1795175743262,
    "payload": {
        "key": "ExchangeTokenBy.TokenExchange",
        "result": "Success",
        "params": {**PARAMS, **LIVE},
        "tokenTypes": ["AccessToken"],
        "applicationSecret": {"name": "Default secret"},
        "error": {"message": f"{JWT} has expired"},
    },
}


def _tenant(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
    """A tenant of Logto in which one thing has happened."""
    path, query = urlsplit(url).path, urlsplit(url).query
    if path == "/oidc/token":
        return json_reply({"access_token": "t", "expires_in": 3600, "scope": "all"})
    if "start_time=x" in query:
        return json_reply({"code": "guard.invalid_input"}, 400)
    return json_reply([EVENT] if path == "/api/logs" else [], 200, Total_Number="1")


def test_audit_logs_of_logto_come_without_the_live_secrets_in_them(tmp_path: Path) -> None:
    """Up to 1.41 Logto masks only `password` and `secret`, and what is written stays so."""
    catalog: Message = select("audit_logs", tap="tap-logto")
    with serve(_tenant) as server:
        config = {"base_url": server.url, "client_id": "i", "client_secret": "s"}
        run = run_tap(tmp_path, config, tap="tap-logto", catalog=catalog)
    assert run.code == 0, run.log
    (row,) = run.records("audit_logs")
    assert row["payload"] == {
        "key": "ExchangeTokenBy.TokenExchange",
        "result": "Success",
        "params": PARAMS,
        "tokenTypes": ["AccessToken"],
        "applicationSecret": {"name": "Default secret"},
        "error": {},
    }
    for secret in ("S3CRET", SUBJECT, JWT):
        assert secret not in run.output + run.log
