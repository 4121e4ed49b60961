"""Rows about people: users, how they sign in, what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.kinde import ids, times

if TYPE_CHECKING:
    from sandbox.kinde.ask import Ask
    from sandbox.kinde.known import Login
    from sandbox.model import Credential, Factor, Person, Session

Row = dict[str, Any]

_FACTORS = {"totp": "authenticator_app", "webauthn": "passkey"}


# Users


def users(ask: Ask) -> dict[str, Person]:
    found = ask.people()
    for parameter, name in (
        ("user_id", ids.user_id), ("email", lambda p: p.email),
        ("username", ids.username), ("phone", lambda p: p.phone),
    ):  # fmt: skip
        if wanted := ask.several(parameter):
            found = {i: each for i, each in found.items() if name(each) in wanted}
    if (member := ask.flag("has_organization")) is not None:
        found = {i: each for i, each in found.items() if bool(ask.memberships_of(each)) == member}
    if since := ask.moment("active_since"):
        found = {i: p for i, p in found.items() if p.signed_in and p.signed_in >= since}
    return found


def user(ask: Ask, person: Person) -> Row:
    row = _user(ask, person)
    row["phone"] = person.phone
    home = ask.known.home(person)
    row["last_organization_sign_ins"] = None
    if person.signed_in and home and ask.bound in (None, home):
        row["last_organization_sign_ins"] = [
            {
                "org_code": ids.organization_code(home),
                "last_signed_in": times.precise(person.signed_in),
            }
        ]
    if ask.wants("identities"):
        row["identities"] = [
            {**_identity(login), "connection_id": _connection(login)}
            for login in _logins(ask, person)
        ]
    if ask.wants("billing"):
        row["billing"] = {"customer_id": ids.customer_id(person)}
    return row


def found_users(ask: Ask) -> dict[str, Person]:
    """Whom a search finds: by part of the name or address, by scopes, by properties."""
    text = ask.query.get("query", "*")
    scopes = set(ask.several("api_scopes"))
    found = {}
    for identifier, person in ask.people().items():
        if text != "*" and text.lower() not in f"{person.name} {person.email}".lower():
            continue
        if scopes and scopes.isdisjoint(each["scope"] for each in _scopes(ask, person)):
            continue
        wanted = {key: ask.several(f"properties[{key}]") for key in _properties(person)}
        if all(_properties(person)[key] in values for key, values in wanted.items() if values):
            found[identifier] = person
    return found


def found_user(ask: Ask, person: Person) -> Row:
    row = _user(ask, person)
    row["api_scopes"] = _scopes(ask, person)
    if ask.wants("identities"):
        row["identities"] = [_identity(login) for login in _logins(ask, person)]
    if ask.wants("properties"):
        row["properties"] = _properties(person)
    return row


def _user(ask: Ask, person: Person) -> Row:
    row: Row = {
        "id": ids.user_id(person),
        "provided_id": ids.provided_id(person),
        "email": person.email,
        "username": ids.username(person),
        "last_name": person.family,
        "first_name": person.given,
        "is_suspended": not person.is_active_in("kinde"),
        "picture": ids.picture(person),
        "total_sign_ins": ask.known.successes(person),
        "failed_sign_ins": ask.known.failures(person),
        "last_signed_in": times.precise(person.signed_in),
        "created_on": times.precise(person.created),
    }
    if ask.wants("organizations"):
        codes = [
            ids.organization_code(member.organization) for member in ask.memberships_of(person)
        ]
        row["organizations"] = sorted(codes)
    return row


def _properties(person: Person) -> dict[str, str]:
    return {"department": person.department, "title": person.title}


def _scopes(ask: Ask, person: Person) -> list[Row]:
    """Every fifth person may do all that the first API knows, in the home organization."""
    home = ask.known.home(person)
    if person.number % 5 or home is None or ask.bound not in (None, home):
        return []
    for api in list(ask.known.apis.values())[:1]:
        return [
            {"org_code": ids.organization_code(home), "scope": p.name, "api_id": ids.api_id(api)}
            for p in ask.known.permissions.values()
            if p.api is api
        ]
    return []


# What they sign in with


def identities(ask: Ask) -> dict[str, Login]:
    return {login.id: login for login in ask.known.logins(ask.person)}


def identity(ask: Ask, login: Login) -> Row:
    used = ask.known.used(ask.person).id == login.id
    return {
        "id": login.id,
        "type": login.kind,
        "is_confirmed": login.confirmed,
        "created_on": times.zulu(login.created),
        "last_login_on": times.zulu(ask.person.signed_in) if used else None,
        "total_logins": ask.known.successes(ask.person) if used else 0,
        "name": login.name,
        "email": login.email,
        "connection_id": _connection(login),
        "is_primary": login.primary,
    }


def _logins(ask: Ask, person: Person) -> list[Login]:
    return sorted(ask.known.logins(person), key=lambda login: login.id)


def _identity(login: Login) -> Row:
    return {"type": login.kind, "identity": login.name}


def _connection(login: Login) -> str | None:
    return ids.connection_id(login.provider) if login.provider else None


def sessions(ask: Ask) -> dict[str, Session]:
    """Those that have not ended."""
    now = ask.known.company.now
    held = [session for session in list(ask.person.sessions) if session.expires > now]
    return {ids.session_id(session): session for session in held}


def session(ask: Ask, session: Session) -> Row:
    home = ask.known.home(ask.person)
    provider = ask.known.connection_of(ask.known.used(ask.person))
    return {
        "user_id": ids.user_id(ask.person),
        "org_code": ids.organization_code(home) if home else None,
        "client_id": ids.application_id(session.application),
        "expires_on": times.precise_east(session.expires),
        "session_id": ids.session_id(session),
        "started_on": times.precise_east(session.created),
        "updated_on": times.short_east(session.changed),
        "connection_id": ids.connection_id(provider) if provider else None,
        "last_ip_address": session.ip,
        "last_user_agent": session.user_agent,
        "initial_ip_address": session.ip,
        "initial_user_agent": session.user_agent,
    }


def factors(ask: Ask) -> dict[str, Factor]:
    """The one factor that is told: the first that is no backup code."""
    held = [factor for factor in list(ask.person.factors) if factor.kind != "backup_code"]
    return {ids.factor_id(factor): factor for factor in held[:1]}


def factor(ask: Ask, factor: Factor) -> Row:
    return {
        "id": ids.factor_id(factor),
        "type": _FACTORS[factor.kind],
        "created_on": times.precise_east(factor.created),
        "name": factor.name or ask.person.email,
        "is_verified": True,
        "usage_count": int(factor.used is not None),
        "last_used_on": times.precise_east(factor.used),
    }


# Their credentials


def api_keys(ask: Ask) -> dict[str, tuple[Person, Credential]]:
    """All are people's; `org_code` and `key_type=organization` therefore find none."""
    shown = {person.id for person in ask.people().values()}
    found = {}
    for identifier, (person, token) in ask.known.api_keys.items():
        facts = {
            "key_type": "user",
            "status": _status(ask, token),
            "user_id": ids.user_id(person),
            "org_code": "",
        }
        wanted = {name: ask.query.get(name) or fact for name, fact in facts.items()}
        if person.id in shown and wanted == facts:
            found[identifier] = (person, token)
    return found


def api_key(ask: Ask, held: tuple[Person, Credential]) -> Row:
    """A key opens the first API, with its first scope; those without an end are in use."""
    person, token = held
    apis = list(ask.known.apis.values())[:1]
    scopes = [each.name for each in ask.known.permissions.values() if [each.api] == apis]
    in_use = person.signed_in if token.expires is None else None
    return {
        "id": ids.api_key_id(token),
        "name": token.name,
        "type": "user",
        "status": _status(ask, token),
        "key_prefix": "kinde_",
        "key_suffix": token.value[-4:],
        "created_on": times.short_east(token.created),
        "last_verified_on": times.short_east(in_use),
        "last_verified_ip": "192.0.2.7" if in_use else None,
        "created_by": person.name,
        "api_ids": [ids.api_id(api) for api in apis],
        "scopes": scopes[:1],
    }


def api_key_details(ask: Ask, held: tuple[Person, Credential]) -> Row:
    row = api_key(ask, held)
    row["verification_count"] = int(row["last_verified_on"] is not None)
    return {**row, "organization_id": None, "user_id": ids.user_id(held[0])}


def the_api_key(ask: Ask) -> dict[str, tuple[Person, Credential]]:
    return {i: held for i, held in api_keys(ask).items() if i == ask.key}


def _status(ask: Ask, token: Credential) -> str:
    ended = token.expires is not None and token.expires <= ask.known.company.now
    return "inactive" if ended else "active"
