"""A night under a real Airflow, in which one tenant's API is broken (`make test-airflow`)."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.warehouse import Warehouse
from scripts.airflow import environment
from scripts.airflow_server import Airflow
from scripts.airflow_tenants import CUSTOMERS, MadeUp, made_up_tenants
from tests.running import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.warehouse import Database

Task = dict[str, Any]
BROKEN = "globex-logto"
RETRIES = 3


class Night:
    """A run of the DAG that has ended.

    Attributes:
        tasks: Its tasks, with what they are mapped over.
        gate: The log of the gate.
        written: All that Airflow has written to files.
    """

    def __init__(
        self, tasks: list[Task], gate: str, written: str, tenants: MadeUp, database: Database
    ) -> None:
        self.tasks = {(each["task_id"], each["rendered_map_index"] or ""): each for each in tasks}
        self.gate = gate
        self.written = written
        self.tenants = tenants
        self.database = database


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """Six tenants of two vendors; the roles of one cannot be read."""
    folder: Path = tmp_path_factory.mktemp("night")
    home = folder / "airflow"
    with Warehouse(folder / "postgres") as server, made_up_tenants(folder, 2) as tenants:
        tenants.sandboxes["globex"].logto.fault("/api/roles", status=500)
        variables = environment(tenants, server)
        with Airflow(home, server.database("airflow"), variables) as airflow:
            *_, tasks = airflow.run("identity", timeout=1800)
            gate = airflow.log(next(each for each in tasks if each["task_id"] == "gate"))
        logs = [path.read_text() for path in home.rglob("*.log")]
        yield Night(tasks, gate, "\n".join(logs), tenants, server.database("warehouse"))


@pytest.mark.timeout(2400)
def test_who_fails_is_tried_again_and_nobody_else_is_kept(night: Night) -> None:
    ended = {
        (task["pool"], chunk): (task["state"], task["try_number"])
        for (name, chunk), task in night.tasks.items()
        if name.startswith("load_") and chunk
    }
    assert ended == {
        ("tap-kinde", "acme-kinde, globex-kinde"): ("success", 1),
        ("tap-kinde", "initech-kinde"): ("success", 1),
        ("tap-logto", "acme-logto, globex-logto"): ("failed", 1 + RETRIES),
        ("tap-logto", "initech-logto"): ("success", 1),
    }
    # Of a chunk, only who failed is loaded again.
    sql = "select count(distinct sync_id) as runs from {}.sync_runs"
    schemas = ("logto_acme_logto", "logto_globex_logto", "kinde_globex_kinde")
    runs = [night.database.query(sql.format(schema))[0]["runs"] for schema in schemas]
    assert runs == [1, 1 + RETRIES, 1]


def test_everybody_is_modelled_also_who_failed(night: Night) -> None:
    for model, customers in (("identity_000", ["acme"]), ("identity_001", ["globex", "initech"])):
        assert night.tasks["model", model]["state"] == "success"
        sql = "select source_id, count(*) as count from {}.identity_accounts group by 1 order by 1"
        found = {row["source_id"]: row["count"] for row in night.database.query(sql.format(model))}
        assert sorted(found) == [f"{c}-{s}" for c in customers for s in ("kinde", "logto")]
        assert min(found.values()) >= 25


def test_the_gate_fails_and_says_why(night: Night) -> None:
    gate = night.tasks["gate", ""]
    assert (gate["state"], gate["try_number"]) == ("failed", 1)
    gaps = [line for line in night.gate.splitlines() if line.startswith(f"{BROKEN}, stream ")]
    why = "never complete (failed, GET /roles answered 500, 2 times in a row.)"
    streams = ("role_applications", "role_scopes", "role_users", "roles")
    assert gaps == [f"{BROKEN}, stream {stream}: {why}" for stream in streams]
    assert "4 gaps in the evidence" in night.gate


def test_no_secret_is_in_any_log(night: Night) -> None:
    assert len(night.written) > 10_000
    credentials = night.tenants.credentials
    secrets = {value for name, value in credentials.items() if name.endswith("CLIENT_SECRET")}
    assert secrets
    assert not [secret for secret in secrets if secret in night.written]


def test_each_customer_gets_a_report_of_what_is_theirs(night: Night, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "orchestrate.review", "--out", tmp_path / "reviews"],
        cwd=ROOT,
        env={
            **os.environ,
            "IDENTITY_TENANTS": str(night.tenants.path),
            "TARGET_POSTGRES_SQLALCHEMY_URL": night.database.sqlalchemy_url,
        },
        check=True,
    )
    for customer in CUSTOMERS:
        with (tmp_path / "reviews" / customer / "accounts.csv").open(newline="") as lines:
            found = {row["source_id"] for row in csv.DictReader(lines)}
        assert found == {f"{customer}-kinde", f"{customer}-logto"}
