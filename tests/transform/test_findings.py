"""What is found, whatever the engine, and what exceptions, thresholds and pairs make of it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from tests.closing import serving
from tests.transform.companies import everything
from tests.transform.conftest import fresh_postgres
from tests.transform.warehouses import TRANSFORM, DuckDB, read_all

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running import Run
    from tests.transform.warehouses import DbtServer, Row
    from tests.watched import WatchedWarehouse

NOW = "2026-06-01 00:00:00"
"""Some months after everything that the sandbox tells."""
STAGING_TESTS = "resource_type:test,path:models/staging"
"""Which `test_company` runs on each engine."""
Findings = dict[tuple[str, str], "Row"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """What the taps send of a company in which all kinds of access occur."""
    from sandbox.server import Sandbox

    with serving(Sandbox(everything(), zitadel_version=(5, 0))) as sandbox:
        return read_all(tmp_path_factory.mktemp("runs"), sandbox)


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, dbt_server: DbtServer, runs: dict[str, Run]
) -> DuckDB:
    """The model of it. Tests change only tables that each of them makes anew."""
    warehouse = DuckDB(tmp_path_factory.mktemp("findings"), dbt_server, "lists")
    warehouse.load_all(runs)
    done = warehouse.build("--exclude", STAGING_TESTS, identity_now=NOW)
    assert set(done.statuses.values()) <= {"success", "pass"}, done.statuses
    return warehouse


def findings(warehouse: DuckDB) -> Findings:
    rows = warehouse.mart("identity_findings")
    found = {(row["control_id"], row["subject"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def statuses(warehouse: DuckDB, control: str) -> dict[str, Row]:
    """What a control says, by source."""
    rows = warehouse.mart("identity_control_status")
    return {row["source_id"]: row for row in rows if row["control_id"] == control}


def remade(warehouse: DuckDB, *models: str, script: str = "", **variables: Any) -> Findings:
    """The findings after the rows of some seeds were replaced, and some models made anew."""
    warehouse.execute("".join(map(rows_of, SEEDS)) + script)
    made = [*models, "identity_findings", "identity_control_status"]
    warehouse.make_only(*made, **{"identity_now": NOW, **variables})
    return findings(warehouse)


SEEDS = ("identity_exceptions", "identity_owners", "identity_toxic_pairs")


def rows_of(seed: str, *rows: str) -> str:
    """A script that gives a seed other rows."""
    with (TRANSFORM / "seeds" / f"{seed}.csv").open() as file:
        columns = ", ".join(f"{name} varchar" for name in next(csv.reader(file)))
    inserts = "".join(f"insert into identity.{seed} values ({row});" for row in rows)
    return f"create or replace table identity.{seed} ({columns});{inserts}"


def test_engines_agree(
    built: DuckDB,
    runs: dict[str, Run],
    tmp_path: Path,
    dbt_server: DbtServer,
    warehouse: WatchedWarehouse,
) -> None:
    postgres = fresh_postgres(tmp_path, dbt_server, warehouse)
    postgres.load_all(runs)
    postgres.make("identity_control_status", identity_now=NOW)
    remade(built)
    for mart, times in (("identity_findings", ()), ("identity_control_status", ("as_of",))):
        rows = [
            sorted(
                (
                    {name: None if name in times else value for name, value in row.items()}
                    for row in each.mart(mart)
                ),
                key=str,
            )
            for each in (built, postgres)
        ]
        assert rows[0] == rows[1], mart
        assert rows[0]


def test_findings_are_the_same_in_the_next_build(built: DuckDB) -> None:
    before = remade(built)
    built.make(identity_now=NOW)
    assert findings(built) == before
    assert len({row["finding_id"] for row in before.values()}) == len(before)


def test_most_controls_find_something_here(built: DuckDB) -> None:
    found = {control for control, _ in remade(built)}
    assert len(found) >= 15, found
    for row in findings(built).values():
        assert row["detail"].endswith("."), row
        assert row["subject"].startswith(row["source_id"] + "/"), row
        assert row["status"] == "open"


def test_exceptions_cover_a_subject_or_an_account_until_they_expire(built: DuckDB) -> None:
    open_ones = remade(built)
    subjects = [subject for control, subject in open_ones if control == "dormant"]
    one, other, expired, *_ = sorted(s for s in subjects if s.startswith("logto/user/"))
    found = remade(
        built,
        script=rows_of(
            "identity_exceptions",
            f"'dormant', '{one}', null, 'on leave', 'Ada', '2026-06-01'",
            f"'dormant', '{one}', null, 'on leave', 'Ada', '2026-03-01'",
            f"'dormant', null, '{other}', 'on leave', 'Bob', '2026-12-31'",
            f"'dormant', '{expired}', null, 'on leave', 'Ada', '2026-05-31'",
            f"'no-mfa', '{other}', '{one}', 'subject and account differ', 'Ada', '2027-01-01'",
        ),
    )
    accepted = {key: row for key, row in found.items() if row["status"] == "accepted"}
    assert set(accepted) == {("dormant", one), ("dormant", other)}
    row = accepted["dormant", one]
    assert (row["accepted_reason"], row["accepted_by"]) == ("on leave", "Ada")
    assert row["accepted_until"] == "2026-06-01"
    assert set(found) == set(open_ones)
    status = statuses(built, "dormant")["logto"]
    assert status["accepted_findings"] == 2
    assert status["open_findings"] == status["findings"] - 2 > 0


def test_what_is_accepted_is_not_passed(built: DuckDB) -> None:
    accounts = [s for c, s in remade(built) if c == "unmatched-account"]
    assert accounts
    rows = [
        f"'unmatched-account', '{each}', null, 'known', 'Ada', '2027-01-01'" for each in accounts
    ]
    remade(built, script=rows_of("identity_exceptions", *rows))
    status = statuses(built, "unmatched-account")
    assert {source: row["status"] for source, row in status.items()} == {
        "kinde": "accepted", "zitadel": "accepted", "logto": "passed", "rudderstack": "passed",
    }  # fmt: skip
    # Whose they are is still unknown, so that nobody knows whether they have left.
    assert statuses(built, "leaver-with-access")["zitadel"]["status"] == "unknown"


def test_an_exception_that_lacks_something_is_told_and_has_no_effect(built: DuckDB) -> None:
    subject = next(subject for control, subject in remade(built) if control == "dormant")
    problems = {
        "'dormand', 'x', null, 'why', 'Ada', '2027-01-01'": "control_id is no control",
        "'dormant', null, null, 'why', 'Ada', '2027-01-01'": "neither subject nor account_id",
        f"'dormant', '{subject}', null, ' ', 'Ada', '2027-01-01'": "reason is empty",
        f"'dormant', '{subject}', null, 'why', null, '2027-01-01'": "accepted_by is empty",
        f"'dormant', '{subject}', null, 'why', 'Ada', null": "accepted_until is no day",
        f"'dormant', '{subject}', null, 'why', 'Ada', 'soon'": "accepted_until is no day",
    }
    found = remade(built, script=rows_of("identity_exceptions", *problems))
    assert {each["status"] for each in found.values()} == {"open"}
    checked = built.dbt("test", "--select", "identity_exceptions_are_valid", "--store-failures")
    assert checked.statuses["identity_exceptions_are_valid"] == "fail"
    told = built.query("select problem from identity_dbt_test__audit.identity_exceptions_are_valid")
    assert len(told) == len(problems)
    for problem in problems.values():
        assert any(row["problem"].startswith(problem) for row in told), problem


def test_an_edited_threshold(built: DuckDB) -> None:
    assert any(control == "dormant" for control, _ in remade(built, "review_dormant"))
    found = remade(built, "review_dormant", dormant_days=365)
    assert not any(control == "dormant" for control, _ in found)
    remade(built, "review_dormant")


def test_a_pair_that_is_switched_on(built: DuckDB) -> None:
    remade(built, "review_toxic_combination")
    assert {each["status"] for each in statuses(built, "toxic-combination").values()} == {
        "not applicable"
    }
    pair = "'kinde', '{}', '{}', 'nobody should', '{}'"
    found = remade(
        built, "review_toxic_combination",
        script=rows_of(
            "identity_toxic_pairs",
            pair.format("read:%", "delete:%", "true"),
            pair.format("%", "%", "false"),
        ),
    )  # fmt: skip
    toxic = [row for (control, _), row in found.items() if control == "toxic-combination"]
    held: dict[tuple[str, str], set[str]] = {}
    for row in built.query("""
        select account_id, scope_id, entitlement_key from identity.identity_effective_access
        inner join identity.identity_entitlements using (entitlement_id) where is_active
    """):
        if row["account_id"].startswith("kinde/"):
            held.setdefault((row["account_id"], row["scope_id"]), set()).add(row["entitlement_key"])
    wanted = {
        place
        for place, keys in held.items()
        if any(k.startswith("read:") for k in keys) and any(k.startswith("delete:") for k in keys)
    }
    assert {(row["account_id"], row["scope_id"]) for row in toxic} == wanted
    assert len(toxic) == len(wanted) > 0
    status = statuses(built, "toxic-combination")
    assert (status["kinde"]["status"], status["logto"]["status"]) == ("findings", "not applicable")


def test_owners_and_their_leaving(built: DuckDB) -> None:
    control = "service-without-owner"
    machines = sorted(subject for c, subject in remade(built) if c == control)
    left = built.query("""
        select person_id from identity.identity_account_people
        inner join identity.identity_accounts using (account_id)
        where status = 'suspended' and person_id is not null
    """)[0]["person_id"].removeprefix("person/")
    rows = [f"'{machines[0]}', 'Ada@example.com'", f"'{machines[1]}', '{left}'"]
    found = remade(built, "review_service_without_owner", script=rows_of("identity_owners", *rows))
    assert (control, machines[0]) not in found
    assert f"has an owner, {left}, who is suspended in" in found[control, machines[1]]["detail"]
    assert found[control, machines[2]]["detail"].endswith("has no owner.")
    remade(built, "review_service_without_owner")


def test_who_is_external_is_told_by_domains(built: DuckDB) -> None:
    models = ("review_external_access",)
    assert not any(control == "external-access" for control, _ in remade(built, *models))
    found = remade(built, *models, internal_domains=["EXAMPLE.com"])
    assert not any(control == "external-access" for control, _ in found)
    assert statuses(built, "external-access")["logto"]["status"] == "passed"
    found = remade(built, *models, internal_domains=["elsewhere.example"])
    assert {row["source_id"] for (c, _), row in found.items() if c == "external-access"} == {
        "kinde", "logto", "rudderstack", "zitadel",
    }  # fmt: skip
    remade(built, *models)
