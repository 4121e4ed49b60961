"""What must hold of tenants beyond their types: names, settings and credentials that exist."""

from __future__ import annotations

import csv
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

import yaml

from orchestrate import ROOT
from orchestrate.document import Loader
from orchestrate.errors import TenantsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from orchestrate.document import Step
    from orchestrate.tenants import Tenant

    Problem = tuple[Sequence[Step], str]


class Fields:
    """What the taps of a Meltano project can be told.

    Attributes:
        settings: The settings of each tap; whether each is a secret.
        needed: Of each tap, groups of settings, of which one has to be there.
    """

    def __init__(self, project: Path) -> None:
        path = project / "meltano.yml"
        try:
            plugins = yaml.load(path.read_text(), Loader)["plugins"]["extractors"]  # noqa: S506
        except (OSError, yaml.YAMLError, KeyError, TypeError):
            raise TenantsError(
                f"{path} has no taps: set MELTANO_PROJECT_ROOT to the folder of a Meltano project."
            ) from None
        self.settings: dict[str, dict[str, bool]] = {
            each["name"]: {one["name"]: bool(one.get("sensitive")) for one in each["settings"]}
            for each in plugins
            if "settings" in each
        }
        self.needed: dict[str, list[list[str]]] = {
            each["name"]: each.get("settings_group_validation", []) for each in plugins
        }

    @cached_property
    def streams(self) -> set[tuple[str, str]]:
        """Each stream of each system."""
        with (ROOT / "transform/seeds/identity_streams.csv").open(newline="") as lines:
            return {(row["system"], row["stream"]) for row in csv.DictReader(lines)}


def problems(tenants: Sequence[Tenant], fields: Fields) -> Iterator[Problem]:
    """What is wrong with tenants: where it is, and what to do."""
    for name in ("id", "schema"):
        yield from _repeats(tenants, name)
    for number, tenant in enumerate(tenants):
        place = ("tenants", number)
        if tenant.tap not in fields.settings:
            yield (*place, "tap"), f"the Meltano project has no {tenant.tap}: add it there"
            continue
        for where, problem in _of_tenant(tenant, fields):
            yield (*place, *where), problem


def _repeats(tenants: Sequence[Tenant], name: str) -> Iterator[Problem]:
    first: dict[str, Tenant] = {}
    for number, tenant in enumerate(tenants):
        value = getattr(tenant, name)
        if value in first:
            yield (
                ("tenants", number, name),
                f"{value} is that of another tenant ({first[value].id}) too; choose another one, "
                "or each would mark the other's rows as deleted",
            )
        first.setdefault(value, tenant)


def _of_tenant(tenant: Tenant, fields: Fields) -> Iterator[Problem]:
    known = fields.settings[tenant.tap]
    for field in ("settings", "credentials"):
        for name in getattr(tenant, field):
            if name not in known:
                yield (field,), f"{tenant.tap} has no setting {name}{nearest(name, known)}"
    for name in tenant.settings:
        if known.get(name):
            yield (
                ("settings", name),
                f"{name} is a secret: name under `credentials` the environment variable that "
                "holds it, and take the value for known to others",
            )
    for name in tenant.settings.keys() & tenant.credentials.keys():
        yield ("settings", name), f"{name} is also under `credentials`; take one of them out"
    given = tenant.settings.keys() | tenant.credentials.keys()
    groups = fields.needed[tenant.tap]
    if groups and not any(given >= set(group) for group in groups):
        ways = ", or ".join(" and ".join(group) for group in groups)
        yield ("tap",), f"{tenant.tap} needs {ways}"
    for stream in tenant.leave_out:
        if (tenant.system, stream) not in fields.streams:
            names = [name for system, name in fields.streams if system == tenant.system]
            yield ("leave_out",), f"{tenant.tap} has no stream {stream}{nearest(stream, names)}"


def nearest(name: str, names: Iterable[str]) -> str:
    """The name that may be meant, as the end of a sentence."""
    found = get_close_matches(name, list(names), 1)
    return f"; is {found[0]} meant?" if found else ""
