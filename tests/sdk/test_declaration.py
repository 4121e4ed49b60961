"""Streams that cannot work are refused when they are declared, in one sentence."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.schema.source import StreamSchema
from typing_extensions import override

from identity_sdk import EachOf, IdentityStream, IdentityTap, PartOf, Schemas
from tap_logto.client import LogtoStream
from tap_logto.streams import UserIdentities, Users

if TYPE_CHECKING:
    from identity_sdk.exchange import Item


class Made(Schemas):
    """One schema of these columns, or one without any."""

    def __init__(self, properties: dict[str, Any] | None) -> None:
        folder = Path(tempfile.mkdtemp())
        schema = {} if properties is None else {"properties": properties}
        (folder / "made_up.json").write_text(json.dumps(schema))
        super().__init__(folder)


OF_USERS = {"parent": Users, "bind": {"user_id": "id"}}
WRONG: dict[str, tuple[tuple[type, ...], dict[str, Any], str]] = {
    "no schema": (
        (LogtoStream,), {"name": "made_up"},
        "Made has no schema: add schemas/made_up.json to its tap",
    ),
    "no key": ((LogtoStream,), {"primary_keys": ()}, "Made has no `primary_keys`"),
    "a schema that names a secret": (
        (LogtoStream,), {"name": "made_up", "schema": StreamSchema(Made({"api_key": {}}))},
        "Made: schemas/made_up.json cannot be used: made_up.api_key would load a secret",
    ),
    "a schema without columns": (
        (LogtoStream,), {"name": "made_up", "schema": StreamSchema(Made(None))},
        "Made: schemas/made_up.json cannot be used: it has no `properties`",
    ),
    "a key without a comma": (
        (LogtoStream,), {"primary_keys": "id"}, "Made: `primary_keys` is a tuple",
    ),
    "a word for a column that is no key": (
        (LogtoStream,), {"absent": {"name": "none"}}, "Made: `absent` names ['name'], which are no",
    ),
    "no path": ((LogtoStream,), {"path": ""}, "Made has no `path`"),
    "a key that is no column": (
        (LogtoStream,), {"primary_keys": ("id", "uid")},
        "Made: the key uid is not a column of its schema",
    ),
    "a bookmark that is no column": (
        (LogtoStream,), {"incremental_key": "changed"},
        "Made: the key changed is not a column",
    ),
    "a placeholder that nothing fills": (
        (LogtoStream,), {"path": "/users/{user_id}"},
        "nothing fills {user_id} in the path of Made",
    ),
    "no parent": ((EachOf, LogtoStream), {"path": "/x"}, "Made has no parent stream"),
    "no parent of a part": ((PartOf, LogtoStream), {}, "Made has no parent stream"),
    "a placeholder of another name": (
        (EachOf, LogtoStream),
        {**OF_USERS, "name": "user_identities", "primary_keys": ("user_id", "target"),
         "path": "/users/{id}/identities"},
        "nothing fills {id} in the path of Made",
    ),
    "no field with parts": (
        (PartOf, LogtoStream),
        {**OF_USERS, "name": "user_identities", "primary_keys": ("user_id", "target")},
        "Made has no `read_from`",
    ),
    "a key without its parent's": (
        (PartOf, LogtoStream),
        {**OF_USERS, "name": "user_identities", "primary_keys": ("target",)},
        "the key of Made lacks ['user_id'] of its parent",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_it_is_refused(wrong: str) -> None:
    bases, declared, told = WRONG[wrong]
    right = {"name": "users", "primary_keys": ("id",), "path": "/users"}
    with pytest.raises(TypeError) as refusal:
        type("Made", bases, {**right, **declared})
    assert str(refusal.value).startswith(told)
    assert "\n" not in str(refusal.value)


def test_what_is_declared_as_it_should_be_is_taken() -> None:
    made = type("Made", (LogtoStream,), {"name": "users", "primary_keys": ("id",), "path": "/x"})
    assert issubclass(made, LogtoStream)


@pytest.mark.parametrize(
    ("streams", "told"),
    [
        ((UserIdentities,), "Made: UserIdentities needs Users in `stream_types`"),
        (Users, "Made: `stream_types` is a tuple"),
        ((IdentityStream,), "IdentityStream has no `name`"),
    ],
    ids=["a parent that is not there", "no comma", "no name"],
)
def test_a_tap_with_streams_that_cannot_work_is_refused(streams: Any, told: str) -> None:
    with pytest.raises(TypeError) as refusal:
        type("Made", (IdentityTap,), {"stream_types": streams})
    assert str(refusal.value).startswith(told)


def test_parts_are_given_no_fields_but_those_that_are_declared() -> None:
    """A replay decodes no others: what was read from one of them would be missing then."""

    class Whole(UserIdentities):
        @override
        def parts(self, item: Item) -> list[Item]:
            return [{"target": "all", "seen": dict(item)}]

    made = object.__new__(Whole)
    user = {"id": "u", "identities": {"google": {}}, "name": "somebody"}
    (row,) = made.rows(user)
    assert row == {"target": "all", "user_id": "u", "seen": {"identities": {"google": {}}}}
    assert made.needed_fields == {"id", "identities"}
    assert next(iter(made.rows({"id": "u"})))["seen"] == {}
