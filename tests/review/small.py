"""A small access model, written straight into a database of either engine.

Its tables have the columns that the documentation of the dbt models gives them.
"""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from access_review.query import NEEDED
from access_review.warehouse import connect
from tests.running import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from access_review.settings import Settings

Row = dict[str, Any]
TRANSFORM = ROOT / "transform"
NOW = datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)
TODAY = NOW.date()

HOSTILE = (
    '=HYPERLINK("http://evil.invalid","x")',
    "<script>alert(1)</script><img src=http://evil.invalid onerror=alert(1)>",
    "+1+1\tcmd",
    "evil\u202egnp.exe\u2066\u0000".replace("\u0000", "\u0007"),
    "@SUM(A1:A9)",
    "-2+3",
    "</style></title><h1>Owned</h1>{{ 7 * 7 }} {% raw %}",
    "long" * 20_000,
    "javascript:alert(1)//\"'><b x='",
    "  =1+1",
)
"""Names that somebody gave themselves."""


@cache
def columns(table: str) -> dict[str, str]:
    """The columns of a table of the model, with their types."""
    for path in (*TRANSFORM.glob("models/*/_*.yml"), TRANSFORM / "seeds/_seeds.yml"):
        told = yaml.safe_load(path.read_text())
        for each in told.get("models", told.get("seeds", [])):
            if each["name"] == table:
                return {column["name"]: column["data_type"] for column in each["columns"]}
    raise KeyError(table)


def controls() -> list[Row]:
    """The controls of the project's seed."""
    with (TRANSFORM / "seeds/identity_controls.csv").open(newline="") as file:
        return list(csv.DictReader(file))


class SmallModel:
    """The tables of an access model, which tests may change before they are written.

    There are two systems, kinde and logto, that were read, and a third, zitadel, that was not.
    Ada has both accounts, perhaps also a third; Bob administers logto, and Robot is a machine.
    """

    def __init__(self) -> None:
        self.tables: dict[str, list[Row]] = {name: [] for name in sorted(NEEDED)}
        self.tables["identity_controls"] = controls()
        self._add_systems()
        self._add_accounts()
        self._add_access()
        self._add_credentials()
        self.find("privileged-access", "kinde", "ada", "kinde/role/admin")
        self.find("no-mfa", "kinde", "ada")
        self.find("no-mfa", "logto", "bob")
        self.find("privileged-without-mfa", "logto", "bob", "logto/role/admin")
        self.find("service-without-owner", "logto", "robot")
        self.find("open-door", "logto", None)

    def _add_systems(self) -> None:
        for system in ("kinde", "logto", "zitadel"):
            self.add("identity_sources", source_id=system, system=system, source_name=system)
            for stream in ("users", "roles", "role_users"):
                read = system != "zitadel"
                self.add(
                    "identity_stream_status",
                    source_id=system, system=system, stream=stream, is_opt_in=False,
                    is_incremental=False, state="complete" if read else "not loaded",
                    as_of=NOW - timedelta(minutes=9) if read else None,
                    last_sync_id=f"sync-of-{system}" if read else None, row_count=3,
                )  # fmt: skip
            self.add(
                "identity_resources",
                resource_id=f"{system}/tenant", source_id=system, resource_type="tenant",
                display_name=f"Tenant of {system}",
            )  # fmt: skip

    def _add_accounts(self) -> None:
        for name in ("ada", "bob"):
            self.add(
                "identity_people",
                person_id=f"person/{name}@example.com", email=f"{name}@example.com",
                display_name=name.title(), accounts=2,
            )  # fmt: skip
        for system in ("kinde", "logto"):
            self.account(system, "ada", "ada@example.com")
        self.account("logto", "bob", "bob@example.com")
        self.account("kinde", "ada2", "ada@example.com", perhaps=True)
        self.account("logto", "robot", None, account_type="application")

    def account(
        self, system: str, name: str, email: str | None, *, perhaps: bool = False, **values: Any
    ) -> None:
        """Add an account, and whose it is."""
        person = f"person/{email}" if email else None
        self.add(
            "identity_accounts",
            **{
                "account_id": f"{system}/user/{name}", "source_id": system, "system": system,
                "native_id": name, "account_type": "human", "display_name": name.title(),
                "email": email, "email_normalized": email, "active": True, "status": "active",
                "last_activity_state": "unknown", "mfa_status": "disabled", **values,
            },
        )  # fmt: skip
        self.add(
            "identity_account_people",
            account_id=f"{system}/user/{name}", source_id=system,
            person_id=None if perhaps else person, possible_person_id=person if perhaps else None,
        )  # fmt: skip

    def _add_access(self) -> None:
        for system in ("kinde", "logto"):
            for key in ("admin", "reader"):
                self.add(
                    "identity_entitlements",
                    entitlement_id=f"{system}/role/{key}", source_id=system, system=system,
                    entitlement_type="role", entitlement_key=key, display_name=key.title(),
                    is_privileged=key == "admin",
                )  # fmt: skip
        self.access("kinde", "ada", "admin")
        self.access("kinde", "ada2", "reader")
        self.access("logto", "ada", "reader")
        self.access("logto", "bob", "admin")
        self.access("logto", "robot", "reader")

    def access(self, system: str, name: str, key: str) -> None:
        """Give access, of which the history says that it was always there."""
        facts = {
            "access_id": f"{system}-{name}-{key}", "source_id": system,
            "account_id": f"{system}/user/{name}", "entitlement_id": f"{system}/role/{key}",
            "scope_id": f"{system}/tenant", "given_entitlement_id": f"{system}/role/{key}",
        }  # fmt: skip
        rights = {"is_direct": True, "depth": 0, "ways": 1, "is_active": True}
        self.add("identity_effective_access", **facts, **rights)
        version = {"history_id": f"h-{facts['access_id']}", "valid_from": NOW - timedelta(days=99)}
        self.add("identity_access_history", **facts, **version)

    def change(self, change: str, system: str, name: str, key: str, at: datetime) -> None:
        """Tell of a change."""
        self.add(
            "identity_access_changes",
            history_id=f"h-{system}-{name}-{key}", access_id=f"{system}-{name}-{key}",
            source_id=system, account_id=f"{system}/user/{name}", change=change, cause="itself",
            entitlement_id=f"{system}/role/{key}", scope_id=f"{system}/tenant",
            given_entitlement_id=f"{system}/role/{key}", after_at=at - timedelta(days=1),
            noticed_at=at,
        )  # fmt: skip

    def _add_credentials(self) -> None:
        self.change("granted", "kinde", "ada", "admin", NOW - timedelta(days=2))
        self.change("revoked", "logto", "bob", "reader", NOW - timedelta(days=200))
        self.add(
            "identity_credentials",
            credential_id="logto/secret/1", source_id="logto", credential_type="client_secret",
            account_id="logto/user/robot", display_name="Robot's", expiry_state="never expires",
            last_used_state="unknown", active=True,
        )  # fmt: skip

    def find(
        self, control: str, system: str, name: str | None, entitlement: str | None = None
    ) -> str:
        """Add a finding; its id."""
        account = f"{system}/user/{name}" if name else None
        owners = {row["account_id"]: row for row in self.tables["identity_account_people"]}
        severity = {row["control_id"]: row["severity"] for row in controls()}[control]
        finding_id = f"f{len(self.tables['identity_findings']):03}"
        self.add(
            "identity_findings",
            finding_id=finding_id, control_id=control, severity=severity, source_id=system,
            account_id=account, person_id=owners[account]["person_id"] if account else None,
            scope_id=f"{system}/tenant" if entitlement else None, entitlement_id=entitlement,
            subject=f"{account or system} {entitlement or ''}".strip(), status="open",
            detail=f"{(name or system).title()} is one to look at.",
        )  # fmt: skip
        return finding_id

    def add(self, table: str, **values: Any) -> None:
        """Add a row."""
        assert values.keys() <= columns(table).keys(), table
        self.tables[table].append(values)

    def _status(self) -> Iterable[Row]:
        """The answer to each question, from the findings that are there."""
        found = Counter(
            (row["control_id"], row["source_id"]) for row in self.tables["identity_findings"]
        )
        for control in controls():
            for source in self.tables["identity_sources"]:
                number = found[control["control_id"], source["source_id"]]
                is_read = source["source_id"] != "zitadel"
                yield {
                    "control_id": control["control_id"], "source_id": source["source_id"],
                    "severity": control["severity"], "findings": number, "open_findings": number,
                    "accepted_findings": 0, "evidence": "complete" if is_read else "not read",
                    "as_of": NOW - timedelta(minutes=9) if is_read else None,
                    "reason": None if is_read else "users: not loaded",
                    "status": "findings" if number else "passed" if is_read else "unknown",
                }  # fmt: skip

    def write(self, settings: Settings) -> None:
        """Write the tables, in place of those that are there."""
        self.tables["identity_control_status"] = list(self._status())
        with connect(settings, read_only=False) as warehouse:
            warehouse.execute(f"create schema if not exists {settings.schema}")
            for table, rows in self.tables.items():
                name, types = f"{settings.schema}.{table}", columns(table)
                warehouse.execute(f"drop table if exists {name}")
                shape = ", ".join(f"{column} {kind}" for column, kind in types.items())
                warehouse.execute(f"create table {name} ({shape})")
                lines = [
                    ", ".join(f"cast(${column}_{line} as {kind})" for column, kind in types.items())
                    for line in range(len(rows))
                ]
                values = {
                    f"{column}_{line}": row.get(column)
                    for line, row in enumerate(rows)
                    for column in types
                }
                if rows:
                    warehouse.execute(f"insert into {name} values ({'), ('.join(lines)})", **values)
            warehouse.commit()
