"""Detection of secret values, by the words of their names and by their format."""

from __future__ import annotations

import re
from typing import Any

from identity_sdk.records.values import TIMESTAMP

SECRET_NAMES = frozenset({
    "accesskey", "accesstoken", "apikey", "apisecret", "apitoken", "assertion", "authtoken",
    "authorization", "bearertoken", "bindpassword", "clientassertion", "clientsecret", "code",
    "cookie", "credential", "crypted", "devicecode", "encodedhash", "encryptedpassword",
    "hashedpassword", "hashedsecret", "idpaccesstoken", "idpidtoken", "idprefreshtoken",
    "idtoken", "jwt", "masterkey", "mfasecret", "otp", "otpsecret", "passcode", "passphrase",
    "passwd", "password", "passworddigest", "passwordencrypted", "passwordhash",
    "passwordsalt", "pin", "privatekey", "pwd", "recoverycode", "refreshtoken", "salt",
    "secret", "secretkey", "secrettoken", "sessiontoken", "signingkey", "signingsecret",
    "smtppassword", "sshprivatekey", "token", "totpsecret", "usercode", "validationcode",
    "verificationcode", "webhooksecret",
})  # fmt: skip
"""Complete names of secrets, in the singular, without case and punctuation."""
_PASSWORDS = frozenset({"passphrase", "passwd", "password", "pwd"})
_SECRETS = _PASSWORDS | {
    "assertion", "authorization", "cookie", "credential", "jwt", "otp", "passcode", "secret",
    "token", "verifier",
}  # fmt: skip
"""Last words of names of secrets."""
_KEYS = frozenset({"access", "api", "encryption", "master", "private", "secret", "signing", "ssh"})
"""Words that, followed by `key`, name a secret."""
_RUN_TOGETHER = (
    "cookie", "credential", "jwt", "passcode", "passphrase", "passwd", "password", "passwordhash",
    "secret", "token", *sorted(f"{word}key" for word in _KEYS),
)  # fmt: skip
"""Ends of a last word that is a compound, such as `githubtoken`."""
_DESCRIPTIONS = {"applicationSecret": "in Logto's logs the name of the secret that was used"}
"""Objects that describe a secret without containing it, with the reason."""
_WORD = re.compile(r"[A-Z]+s?(?![a-z])|[A-Z]?[a-z]+")
_SHAPES = re.compile(
    r"-----BEGIN [A-Z0-9 ]+-----"  # PEM (RFC 7468 §2)
    # Logto's personal access tokens and subject tokens; Stripe's `sub_` have 14 or 24 characters.
    # They may follow an escape sequence of a URL or of JSON.
    r"|(?:(?<!\w)|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt]))(?:pat_[0-9A-Za-z]{32}|sub_[0-9a-z]{21})(?!\w)",
    re.ASCII,
)
# JWT (RFC 7519 §3), signed or encrypted: the start of a JSON object in base64url, at the end of
# a part that others follow. In two steps: one pattern would scan a long part again and again.
_DOTTED = re.compile(r"(?<![\w-])[\w-]+(?=(?:\.[\w-]*){2})", re.ASCII)
_JOSE_HEADER = re.compile(r"ey[JA][\w-]{8}", re.ASCII)
_SHORTEST = 25
"""Shorter strings contain no secret in these formats."""


def is_secret(name: str) -> bool:
    """Whether a field with this name is a secret, unless its value shows that it is not.

    The last words decide, split at case, digits and punctuation: `stripeSecretKey` and `x-api-key`
    are secrets, `secretKeyId` and `token_type` are not.
    """
    return _VERDICTS[name]


class _Verdicts(dict[str, bool]):
    """A cache by name, twice as fast as `lru_cache`: it is used for each value."""

    def __missing__(self, name: str) -> bool:
        if len(self) >= 4096:  # Names can be data, so their number is unlimited.
            self.clear()
        verdict = self[name] = _names_secret(name)
        return verdict


_VERDICTS = _Verdicts()


def _names_secret(name: str) -> bool:
    if re.sub(r"[^0-9a-z]", "", name.lower()).removesuffix("s") in SECRET_NAMES:
        return True
    words = [word.lower() for word in _WORD.findall(name)]
    if words[-1:] == ["v"]:  # `apiKeyV2`
        words.pop()
    *others, last = words or [""]
    if last in ("digest", "digests", "hash", "hashes"):
        return not _PASSWORDS.isdisjoint(others)
    last = last.removesuffix("s")
    if last == "key":
        return not _KEYS.isdisjoint(others[-1:])
    return last in _SECRETS or last.endswith(_RUN_TOGETHER) or _looks_secret(name)


def without_secrets(value: Any) -> Any:
    """A decoded JSON value without secrets, by name or by format, at any depth."""
    kind = type(value)
    if kind is dict:
        kept = {}
        for name, each in value.items():
            if _VERDICTS[name] and not _is_harmless(name, each):
                continue
            kind = type(each)
            if kind is str:
                if len(each) >= _SHORTEST and _looks_secret(each):
                    continue
            elif kind is dict or kind is list:
                each = without_secrets(each)
            kept[name] = each
        return kept
    if kind is list:
        return [
            each if type(each) is str else without_secrets(each)
            for each in value
            if not (type(each) is str and len(each) >= _SHORTEST and _looks_secret(each))
        ]
    return value


def without_secret(name: str, value: Any) -> Any:
    """The value of a name-value pair; None if either shows that it is secret."""
    return without_secrets({name: value}).get(name)


def _is_harmless(name: str, value: Any) -> bool:
    """Whether a value with a secret's name is not a secret."""
    if isinstance(value, str):  # A date alone could be a password.
        return len(value) >= len("2024-05-06T07:08:09") and bool(TIMESTAMP.fullmatch(value))
    if isinstance(value, dict):
        return name in _DESCRIPTIONS
    return value is None or isinstance(value, bool)


def _looks_secret(text: str) -> bool:
    # Plain searches first: the patterns alone take ten times as long.
    if ("eyJ" in text or "eyA" in text) and any(
        _JOSE_HEADER.search(part[0]) for part in _DOTTED.finditer(text)
    ):
        return True
    begins = "pat_" in text or "sub_" in text or "-----BEGIN" in text
    return begins and _SHAPES.search(text) is not None
