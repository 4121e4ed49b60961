"""Which accounts belong to one person: only addresses that somebody vouches for join them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.transform.warehouses import DuckDB

RAW = """
create schema tap_zitadel;
create table tap_zitadel.users (id varchar, type varchar, email varchar, is_email_verified boolean);
insert into tap_zitadel.users values
    ('1', 'human', 'Ada@example.com ', true),
    ('2', 'human', 'ada@example.com', false),
    ('3', 'human', 'eve@example.com', false),
    ('4', 'human', 'sam@example.com', true),
    ('5', 'human', null, null),
    ('6', 'machine', 'ada@example.com', true);
create schema tap_logto;
create table tap_logto.users (id varchar, primary_email varchar);
insert into tap_logto.users values ('a', 'ada@example.com'), ('b', 'bob@example.com');
create schema hr;
create table hr.employees (
    email varchar, status varchar, manager_email varchar, department varchar, ended_on date
);
insert into hr.employees values
    ('ADA@example.com', 'left', null, 'Old', '2020-01-31'),
    ('ADA@example.com', 'active', 'Max@example.com', 'Tax', null),
    ('max@example.com', 'active', null, 'Tax', null);
"""
OVERRIDES = """
create or replace table identity.identity_people_overrides (
    account_id varchar, person_email varchar, reason varchar
);
insert into identity.identity_people_overrides values
    ('logto/user/b', 'Ada@example.com', 'Bob is a name that Ada uses'),
    ('zitadel/user/4', null, 'a shared mailbox');
"""
ADA = "person/ada@example.com"


@pytest.fixture
def filled(duckdb: DuckDB) -> DuckDB:
    duckdb.execute(RAW)
    return duckdb


def people(warehouse: DuckDB, **variables: Any) -> dict[str, tuple[Any, ...]]:
    """How each account is matched. What a seed was changed to stays."""
    warehouse.make("identity_people", **variables)
    return {
        row["account_id"]: (row["match_rule"], row["person_id"], row["possible_person_id"])
        for row in warehouse.mart("identity_account_people")
    }


def test_addresses_that_a_vendor_vouches_for_join(filled: DuckDB) -> None:
    assert people(filled) == {
        "zitadel/user/1": ("email", ADA, None),
        "zitadel/user/2": ("none", None, ADA),
        "zitadel/user/3": ("none", None, None),
        "zitadel/user/4": ("email", "person/sam@example.com", None),
        "zitadel/user/5": ("none", None, None),
        "zitadel/user/6": ("none", None, None),
        "logto/user/a": ("email", ADA, None),
        "logto/user/b": ("email", "person/bob@example.com", None),
    }
    found = {row["person_id"]: row for row in filled.mart("identity_people")}
    assert {
        key: (row["accounts"], row["sources"], row["confidence"]) for key, row in found.items()
    } == {
        ADA: (2, 2, "asserted"),
        "person/bob@example.com": (1, 1, "asserted"),
        "person/sam@example.com": (1, 1, "certain"),
    }
    assert not any(row["is_employee"] for row in found.values())


def test_a_system_that_is_not_trusted_joins_nobody(filled: DuckDB) -> None:
    found = people(filled, trusted_email=[])
    assert found["logto/user/a"] == ("none", None, ADA)
    assert found["logto/user/b"] == ("none", None, None)
    assert found["zitadel/user/1"] == ("email", ADA, None)


def test_overrides_and_employees_come_first(filled: DuckDB) -> None:
    filled.execute(OVERRIDES)
    found = people(filled, employees_relation="hr.employees")
    assert found["zitadel/user/1"] == found["logto/user/a"] == ("employee", ADA, None)
    assert found["logto/user/b"] == ("override", ADA, None)
    assert found["zitadel/user/4"] == ("override", None, None)
    assert found["zitadel/user/2"] == ("none", None, ADA)
    rows = {row["person_id"]: row for row in filled.mart("identity_people")}
    assert set(rows) == {ADA, "person/max@example.com"}
    ada, boss = rows[ADA], rows["person/max@example.com"]
    assert (ada["accounts"], ada["confidence"], ada["department"]) == (3, "certain", "Tax")
    assert (ada["employee_status"], ada["manager_email"]) == ("active", "max@example.com")
    assert (boss["accounts"], boss["confidence"]) == (0, "no account")
