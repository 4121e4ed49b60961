"""`tenants.yml` as a test needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from orchestrate.tenants import Tenants, read_tenants

if TYPE_CHECKING:
    from pathlib import Path


def entry(name: str, tap: str = "tap-logto", **given: Any) -> dict[str, Any]:
    """A tenant of Logto or Kinde with all that it needs."""
    prefix = name.replace("-", "_").upper()
    return {
        "id": name,
        "tap": tap,
        "settings": {"base_url": f"https://{name}.example"},
        "credentials": {"client_id": f"{prefix}_ID", "client_secret": f"{prefix}_SECRET"},
        **given,
    }


def written(folder: Path, *tenants: dict[str, Any], **content: Any) -> Tenants:
    """The tenants of a file, written and read."""
    path = folder / "tenants.yml"
    path.write_text(yaml.safe_dump({"tenants": list(tenants), **content}, sort_keys=False))
    return read_tenants(path)
