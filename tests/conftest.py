"""Real things to test with: a SCIM server, a PostgreSQL, Meltano."""

from __future__ import annotations

import itertools
import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme
from hypothesis import settings

from sandbox.company import Company
from tests.closing import closed, serving
from tests.running import Pipe, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.server import Sandbox
    from sandbox.warehouse import Database
    from tests.transform.warehouses import DbtServer
    from tests.watched import WatchedWarehouse

# `--hypothesis-profile=long` tries more of what a test leaves open (CONTRIBUTING.md).
settings.register_profile("long", max_examples=20_000)

HERE = Path(__file__).parent
NO_SANDBOX = sys.version_info < (3, 11)
# The sandbox needs scim2-server, and that Python 3.11. What does not need it runs on 3.10 too.
SANDBOX = re.compile(
    r"from (sandbox.server|tests.chaos.trial|tests.loaders.feed|scripts.(?:demo|airflow)\w*) import"
)
collect_ignore = [
    str(path.relative_to(HERE))
    for path in HERE.rglob("test_*.py")
    if NO_SANDBOX and SANDBOX.search(path.read_text())
]


def pytest_report_header() -> list[str]:
    """Say what is left out, and why."""
    reason = "the sandbox needs Python 3.11"
    return [f"left out, for {reason}: {', '.join(collect_ignore)}"] if collect_ignore else []


_databases = itertools.count(1)


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """A tap takes over the signals of its process; give them back."""
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


@pytest.fixture(scope="session", autouse=True)
def servers() -> Iterator[None]:
    """See that all servers have ended."""
    yield
    closed()


_warehouse = pytest.StashKey["WatchedWarehouse"]()


@pytest.fixture(scope="session")
def warehouse(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[WatchedWarehouse]:
    """A PostgreSQL server for all tests of a process."""
    from tests.watched import WatchedWarehouse

    with WatchedWarehouse(lambda: tmp_path_factory.mktemp("postgres")) as warehouse:
        pytestconfig.stash[_warehouse] = warehouse
        yield warehouse
        del pytestconfig.stash[_warehouse]


@pytest.fixture(scope="session")
def dbt_server() -> Iterator[DbtServer]:
    """dbt and DuckDB, loaded once."""
    from tests.transform.warehouses import DbtServer

    with DbtServer() as server:
        yield server


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """See that the server is there before anything that the test needs is made in it."""
    started = item.config.stash.get(_warehouse, None)
    if started is not None and "warehouse" in getattr(item, "fixturenames", ()):
        started.look_after()


@pytest.fixture
def database(warehouse: WatchedWarehouse) -> Database:
    """An empty database."""
    return warehouse.database(f"test_{os.getpid()}_{next(_databases)}")


@pytest.fixture
def company() -> Company:
    """A company small enough to reason about: 40 people, 6 groups, 90 memberships."""
    return Company.made_up()


@pytest.fixture
def sandbox(company: Company) -> Iterator[Sandbox]:
    """The company, served."""
    from sandbox.server import Sandbox

    with serving(Sandbox(company)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    """A sandbox for all tests of a module: each lets it serve a company of its own."""
    from sandbox.server import Sandbox

    with Sandbox(Company()) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A private certificate authority."""
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    """A file with its certificate."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def project(tmp_path: Path, database: Database, sandbox: Sandbox) -> Project:
    """A Meltano project as a user has it, with its own state."""
    return Project(tmp_path / "project", database, sandbox)


@pytest.fixture
def pipe(tmp_path: Path, database: Database, sandbox: Sandbox) -> Pipe:
    """`tap | target-postgres`, with state kept from run to run."""
    return Pipe(tmp_path, database, sandbox)
