"""What events say. Whatever must not leave the instance begins with S3CRET."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.model import Api, Application, Group, Organization, Person, Provider, Webhook
from sandbox.zitadel import ids
from sandbox.zitadel.wire import Json, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.model import Thing

INSTANCE = ("instance", ids.INSTANCE)
KEY_PAIR = ("key_pair", ids.identifier("key pair"))
SECRETS = frozenset({
    "encodedHash", "hashedSecret", "clientSecret", "otpSecret", "secret", "code", "password",
    "privateKey", "token", "refreshToken", "signingKey",
})  # fmt: skip
"""Under which names payloads have secrets."""


def _crypted(value: str) -> Json:
    return {"cryptoType": 0, "algorithm": "aes", "keyId": "made up", "crypted": value}


class Human(NamedTuple):
    """What is remembered of a person, to see what has changed."""

    active: bool
    profile: tuple[str | None, ...]
    factors: frozenset[str]
    identities: frozenset[str]
    tokens: frozenset[str]
    sessions: int

    @classmethod
    def of(cls, person: Person) -> Human:
        return cls(
            person.is_active_in("zitadel"),
            (person.given, person.family, person.email, person.title, person.department),
            frozenset(each.id for each in person.factors),
            frozenset(each.id for each in person.identities),
            frozenset(each.id for each in person.tokens),
            len(person.sessions),
        )

    @classmethod
    def blank(cls, human: Human) -> Human:
        """The same without anything."""
        none: frozenset[str] = frozenset()
        return human._replace(factors=none, identities=none, tokens=none)


def profile(person: Person) -> Json:
    return {
        "firstName": person.given, "lastName": person.family, "displayName": person.name,
        "preferredLanguage": "en",
    }  # fmt: skip


def human(person: Person) -> Json:
    told = {**profile(person), "userName": person.email, "email": person.email, "gender": 0}
    if person.phone:
        told["phone"] = person.phone
    if person.has_password:
        told["encodedHash"] = f"S3CRET-hash-{person.id}"
        told["changeRequired"] = ids.must_change_password(person)
    return told


def code(person: Person) -> Json:
    """With which an address is verified."""
    return {"code": _crypted(f"S3CRET-code-{person.id}"), "expiry": 3_600_000_000_000}


def gained(
    person: Person, owner: str, before: Human, machines: list[Application]
) -> Iterator[tuple[str, tuple[str, str], str, Json]]:
    """What a person has that they did not have before."""
    user = ("user", ids.user_id(person))
    for factor in person.factors:
        if factor.id not in before.factors and factor.kind == "totp":
            secret = {"otpSecret": _crypted(f"S3CRET-otp-{factor.id}")}
            yield "user.human.mfa.otp.added", user, owner, secret
    for each in person.identities:
        if each.id not in before.identities:
            told = {"idpConfigId": ids.provider_id(each.provider), "userId": each.subject}
            yield "user.human.externalidp.added", user, owner, told
    for token in person.tokens if machines else []:
        if token.id not in before.tokens:
            machine = ("user", ids.user_id(ids.token_owner(machines, token)))
            expires = stamp(token.expires or ids.FOREVER)
            told = {"tokenId": ids.access_token_id(token), "expiration": expires}
            yield "user.pat.added", machine, ids.HOME, told


def application(
    thing: Application, api: Api | None, *, new: bool
) -> Iterator[tuple[str, tuple[str, str], str, Json]]:
    """An application of the first project, and the machine user that it may be."""
    named: Json = {"appId": ids.application_id(thing), "name": thing.name}
    project = ("project", ids.project_id(api)) if api else None
    if project:
        verb = "added" if new else "changed"
        yield f"project.application.{verb}", project, ids.HOME, named
    if not new:
        return
    if project:
        kind = {"machine": "api", "saml": "saml"}.get(thing.kind, "oidc")
        told: Json = {"appId": named["appId"], "clientId": ids.client_id(thing)}
        for secret in thing.secrets:
            told["hashedSecret"], told["clientSecret"] = secret.value, _crypted(secret.value)
        yield f"project.application.config.{kind}.added", project, ids.HOME, told
        for secret in thing.secrets[1:]:
            told = {"appId": named["appId"], "secret": secret.value}
            yield f"project.application.config.{kind}.secret.changed", project, ids.HOME, told
    if thing.kind == "machine":
        user = ("user", ids.user_id(thing))
        told = {"userName": ids.machine_name(thing), "name": thing.name}
        yield "user.machine.added", user, ids.HOME, told
        for secret in thing.secrets:
            told = {"hashedSecret": secret.value}
            yield "user.machine.secret.set", user, ids.HOME, told
            told = {"keyId": ids.machine_key_id(secret), "type": 1}
            yield "user.machine.key.added", user, ids.HOME, told


def provider(thing: Provider) -> tuple[str, Json]:
    """What it is called, and what is said of it."""
    told: Json = {"id": ids.provider_id(thing), "name": thing.name}
    if thing.kind == "email":
        return "smtp.config", {**told, "password": _crypted(thing.value)}
    if thing.protocol == "saml":
        return "idp.saml", {**told, "key": {"privateKey": _crypted(thing.value)}}
    return f"idp.{thing.protocol}", {**told, "clientSecret": _crypted(thing.value)}


def target(hook: Webhook) -> Json:
    return {"name": hook.name, "endpoint": hook.url, "signingKey": _crypted(hook.value)}


def key_pair() -> Json:
    private = {"key": _crypted("S3CRET-private-key"), "expiry": stamp(ids.FOREVER)}
    return {"usage": 0, "algorithm": "RS256", "privateKey": private}


def removed(thing: Thing, owner: str, *, groups: bool) -> list[Any]:
    """The events of what is gone."""
    if isinstance(thing, Person):
        return [("user.removed", ("user", ids.user_id(thing)), owner, {})]
    if isinstance(thing, Organization):
        org = ids.organization_id(thing)
        return [("org.removed", ("org", org), org, {})]
    if isinstance(thing, Api):
        return [("project.removed", ("project", ids.project_id(thing)), ids.HOME, {})]
    if isinstance(thing, Application) and thing.kind == "machine":
        return [("user.removed", ("user", ids.user_id(thing)), ids.HOME, {})]
    if isinstance(thing, Provider):
        told = {"id": ids.provider_id(thing)}
        return [("instance.idp.removed", INSTANCE, ids.INSTANCE, told)]
    if isinstance(thing, Group) and groups:
        return [("group.removed", ("group", ids.group_id(thing)), ids.HOME, {})]
    return []
