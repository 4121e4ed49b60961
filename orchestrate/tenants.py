"""`tenants.yml`: whose identity systems are read, and where their credentials are."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from orchestrate import ROOT
from orchestrate.checks import Fields, nearest, problems
from orchestrate.document import Document
from orchestrate.errors import TenantsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TAPS = ("tap-kinde", "tap-logto", "tap-rudderstack", "tap-zitadel")
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Schema = Annotated[str, Meta(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]
Variable = Annotated[str, Meta(pattern=r"^[A-Z_][A-Z0-9_]*$")]


class Tenant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tenant of a vendor.

    Attributes:
        credentials: Settings of the tap that are secret, each with the environment variable that
            holds it.
        settings: Other settings of the tap.
        customer: Whose it is: tenants of one customer are in one access model.
        schema: Where its raw tables are.
        leave_out: Streams that are not read, on purpose.
    """

    id: Name
    tap: Literal["tap-kinde", "tap-logto", "tap-rudderstack", "tap-zitadel"]
    credentials: dict[str, Variable]
    settings: dict[str, str | int | float | bool] = {}
    customer: Name = ""
    schema: Schema = ""
    leave_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        force = msgspec.structs.force_setattr
        force(self, "customer", self.customer or self.id)
        force(self, "schema", self.schema or f"{self.system}_{self.id}".replace("-", "_"))

    @property
    def system(self) -> str:
        """The vendor, as the access model names it."""
        return self.tap.removeprefix("tap-")


class _Content(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file holds."""

    tenants: Annotated[tuple[Tenant, ...], Meta(min_length=1)]
    models: Annotated[int, Meta(ge=1, le=1000)] = 1
    chunk: Annotated[int, Meta(ge=1)] = 20
    directory: str = ".tenants"


@dataclass(frozen=True)
class Tenants:
    """All tenants of a file.

    Attributes:
        path: The file.
        project: The Meltano project with the taps.
        content: What the file holds.
        settings: The settings of each tap; whether each is a secret.
    """

    path: Path
    project: Path
    content: _Content
    settings: Mapping[str, Mapping[str, bool]]

    def __iter__(self) -> Iterator[Tenant]:
        return iter(self.content.tenants)

    def __getitem__(self, name: str) -> Tenant:
        if name not in self._by_id:
            near = nearest(name, self._by_id)
            raise TenantsError(f"{self.path} has no tenant {name!r}{near}.")
        return self._by_id[name]

    @cached_property
    def _by_id(self) -> dict[str, Tenant]:
        return {tenant.id: tenant for tenant in self}

    @cached_property
    def variables(self) -> frozenset[str]:
        """Every environment variable that holds a credential of a tenant."""
        return frozenset(name for tenant in self for name in tenant.credentials.values())

    def chunks(self, tap: str) -> list[list[str]]:
        """The tenants of a tap, in groups that one task loads."""
        names = [tenant.id for tenant in self if tenant.tap == tap]
        size = self.content.chunk
        return [names[start : start + size] for start in range(0, len(names), size)]

    @cached_property
    def models(self) -> dict[str, list[Tenant]]:
        """The schema of each access model, with the tenants that are in it."""
        found: dict[str, list[Tenant]] = {}
        for tenant in self:
            found.setdefault(self.model_of(tenant), []).append(tenant)
        return dict(sorted(found.items()))

    def model_of(self, tenant: Tenant) -> str:
        """The model that a tenant is in: it follows from its customer, whoever else is there."""
        count = self.content.models
        digest = hashlib.sha256(tenant.customer.encode()).digest()
        number = int.from_bytes(digest[:8], "big") % count
        return "identity" if count == 1 else f"identity_{number:03d}"

    def folder(self, name: str) -> Path:
        """A folder of a tenant's or a model's own, which nobody else may read."""
        path = (self.path.parent / self.content.directory).resolve() / name
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path


def read_tenants(path: Path | None = None) -> Tenants:
    """The tenants of a file: without a path that of `IDENTITY_TENANTS`, or `tenants.yml`.

    The Meltano project is that of `MELTANO_PROJECT_ROOT`, or this one.

    Raises:
        TenantsError: The file cannot be read, or what it says does not hold.
    """
    path = path or Path(os.environ.get("IDENTITY_TENANTS") or ROOT / "tenants.yml")
    project = Path(os.environ.get("MELTANO_PROJECT_ROOT") or ROOT)
    text = _text(path)
    try:
        content = msgspec.yaml.decode(text, type=_Content)
    except msgspec.DecodeError as error:
        raise TenantsError(Document(path, text).explain(str(error))) from None
    fields = Fields(project)
    if found := list(problems(content.tenants, fields)):
        document = Document(path, text)
        raise TenantsError("\n".join(document.at(*each) for each in found))
    return Tenants(path, project, content, fields.settings)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise TenantsError(
            f"{path}: {error.strerror}. Copy orchestrate/tenants.example.yml there, or set "
            "IDENTITY_TENANTS to the path of your own."
        ) from None
    except UnicodeError:
        raise TenantsError(f"{path} is not UTF-8.") from None


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m orchestrate.tenants`: check the file, and list the ids of its tenants."""
    parser = argparse.ArgumentParser(prog="python -m orchestrate.tenants", description=__doc__)
    parser.add_argument("--tap", choices=TAPS, help="only the tenants of this tap")
    parser.add_argument("--tenants", type=Path, help="the file (default: IDENTITY_TENANTS)")
    options = parser.parse_args(arguments)
    try:
        tenants = read_tenants(options.tenants)
    except TenantsError as error:
        sys.exit(str(error))
    for tenant in tenants:
        if options.tap in (None, tenant.tap):
            print(tenant.id)


if __name__ == "__main__":
    main()
