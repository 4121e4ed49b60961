"""Made-up tenants of two vendors: served, listed in a `tenants.yml`, and their credentials."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import yaml

from sandbox.company import Company
from sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CUSTOMERS = ("acme", "globex", "initech")
TAPS = ("tap-kinde", "tap-logto")
SECRET = ("client_id", "client_secret")


@dataclass
class MadeUp:
    """Customers with a company each, which two vendors serve.

    Attributes:
        path: The `tenants.yml`.
        sandboxes: What serves each customer.
        credentials: The environment variables that the file names.
    """

    path: Path
    sandboxes: dict[str, Sandbox]
    credentials: dict[str, str] = field(default_factory=dict)

    def write(self, **content: object) -> None:
        """Write the file."""
        tenants = [self._tenant(customer, tap) for tap in TAPS for customer in self.sandboxes]
        self.path.write_text(yaml.safe_dump({**content, "tenants": tenants}, sort_keys=False))

    def _tenant(self, customer: str, tap: str) -> dict[str, object]:
        config = self.sandboxes[customer].configs[tap]
        name = f"{customer}-{tap.removeprefix('tap-')}"
        prefix = name.replace("-", "_").upper()
        variables = {each: f"{prefix}_{each.upper()}" for each in SECRET}
        self.credentials |= {variable: config[each] for each, variable in variables.items()}
        return {
            "id": name,
            "customer": customer,
            "tap": tap,
            "settings": {"base_url": config["base_url"], "max_retries": 1},
            "credentials": variables,
        }


@contextlib.contextmanager
def made_up_tenants(folder: Path, chunk: int = 1) -> Iterator[MadeUp]:
    """Six tenants: three customers, each with a tenant of two vendors, of different size.

    Args:
        chunk: How many of them one task loads.
    """
    begin = datetime.now(timezone.utc) - timedelta(days=1)
    with contextlib.ExitStack() as stack:
        sandboxes = {
            customer: stack.enter_context(
                Sandbox(Company.made_up(people=25 + 10 * number, seed=number, begin=begin))
            )
            for number, customer in enumerate(CUSTOMERS)
        }
        tenants = MadeUp(folder / "tenants.yml", sandboxes)
        tenants.write(models=2, chunk=chunk, directory="tenants")
        yield tenants
