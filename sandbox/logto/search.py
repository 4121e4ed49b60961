"""The parameters `search`, `mode` and their kin, and `q`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.logto.answers import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import QueryParams

Fields = dict[str, "str | None"]
_MODES = ("exact", "like", "similar_to", "posix")


def of_person(person: Any) -> Fields:
    """What people are searched by."""
    return {
        "id": person.id,
        "primaryEmail": person.email,
        "primaryPhone": digits(person.phone),
        "username": None,
        "name": person.name,
    }


def of_member(member: Any) -> Fields:
    """What members of an organization are searched by."""
    return of_person(member.holder) if hasattr(member.holder, "email") else of_named(member.holder)


def of_named(thing: Any) -> Fields:
    """What most other things are searched by."""
    return {"id": thing.id, "name": thing.name, "description": thing.description}


def of_organization(organization: Any) -> Fields:
    return {"id": organization.id, "name": organization.name}


def digits(phone: str | None) -> str | None:
    return "".join(filter(str.isdigit, phone)) if phone else None


def containing(rows: list[Any], query: QueryParams, fields: Callable[[Any], Fields]) -> list[Any]:
    """The rows that contain the text of the parameter `q`."""
    text = query.get("q")
    if not text:
        return rows
    like = _like(f"%{text}%", re.IGNORECASE)
    return [row for row in rows if any(like(value) for value in fields(row).values() if value)]


@dataclass(frozen=True)
class _Condition:
    """One parameter `search` or `search.<field>`; without a field, all are searched."""

    field: str | None
    matches: Callable[[str], bool]

    def holds(self, fields: Fields) -> bool:
        values = fields.values() if self.field is None else [fields[self.field]]
        return any(self.matches(value) for value in values if value is not None)


def searched(rows: list[Any], query: QueryParams, fields: Callable[[Any], Fields]) -> list[Any]:
    """The rows that the parameters `search` and `search.<field>` ask for."""
    conditions = _conditions(query)
    if not conditions:
        return rows
    joined = all if query.get("joint") == "and" else any
    if rows:
        _check_fields(conditions, list(fields(rows[0])))
    return [row for row in rows if joined(each.holds(fields(row)) for each in conditions)]


def _conditions(query: QueryParams) -> list[_Condition]:
    modes: dict[str | None, str] = {}
    texts: dict[str | None, list[str]] = {}
    for name, value in query.multi_items():
        prefix, _, field = name.partition(".")
        if prefix == "mode":
            modes[field or None] = _checked_mode(value, field)
        elif prefix == "search":
            texts.setdefault(field or None, []).append(value)
    strict = query.get("isCaseSensitive") in ("true", "1")
    return [
        _Condition(field, _matcher(modes.get(field, modes.get(None, "like")), wanted, strict))
        for field, wanted in texts.items()
    ]


def _matcher(mode: str, wanted: list[str], strict: bool) -> Callable[[str], bool]:
    if not all(wanted):
        raise _invalid("Search value cannot be empty.")
    if any("\0" in text for text in wanted):
        raise Failure(500, None, "Internal server error.")
    if mode == "exact":
        exact = wanted if strict else [text.lower() for text in wanted]
        return lambda value: (value if strict else value.lower()) in exact
    if len(wanted) > 1:
        raise _invalid("Only one search value is allowed when search mode is not `exact`.")
    flags = re.RegexFlag(0) if strict else re.IGNORECASE
    if mode == "posix":
        pattern = re.compile(wanted[0], flags)
        return lambda value: bool(pattern.search(value))
    if mode == "similar_to" and not strict:
        raise _invalid("Cannot use case-insensitive match for `similar to`.")
    return _like(wanted[0], flags)


def _like(pattern: str, flags: re.RegexFlag) -> Callable[[str], bool]:
    """A LIKE: % is anything, _ any one character, and a backslash makes them plain."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    made = "".join(wild.get(part, re.escape(part[-1])) for part in parts)
    compiled = re.compile(made, flags | re.DOTALL)
    return lambda value: bool(compiled.fullmatch(value))


def _checked_mode(mode: str, field: str) -> str:
    if mode not in _MODES:
        about = f" for field `{field}`" if field else ""
        raise _invalid(
            f"Search match mode `{mode}`{about} is not valid, expect one of {', '.join(_MODES)}."
        )
    return mode


def _check_fields(conditions: list[_Condition], known: list[str]) -> None:
    for condition in conditions:
        if condition.field is not None and condition.field not in known:
            names = ", ".join(map(_snake, known))
            raise _invalid(
                f"Search field `{_snake(condition.field)}` is not valid, expect one of {names}."
            )


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", name)


def _invalid(message: str) -> Failure:
    return Failure(400, "request.invalid_input", f"Input is invalid. {message}", data={})
