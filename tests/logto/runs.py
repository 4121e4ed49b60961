"""Running tap-logto against an emulated tenant, and comparing what it brings with the company."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import requests

from sandbox.logto import CLIENT_ID, CLIENT_SECRET, RESOURCE
from sandbox.server import Sandbox
from tests import tables
from tests.logto.expected import TABLES
from tests.running import ALL as ALL
from tests.running import Message, Run, catalog_of, run_tap
from tests.running import verdict as verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.server import Sandbox
    from tests.running import Run

TAP = "tap-logto"


def run_logto(
    folder: Path,
    sandbox: Sandbox,
    *streams: str,
    state: Message | None = None,
    edit: Callable[..., None] | None = None,
    **settings: Any,
) -> Run:
    """Run the tap for some streams, for `ALL`, or if none is named for those of the default."""
    config = {**sandbox.logto_config, "max_retries": 2, **settings}
    catalog = catalog_of(TAP, *streams, edit=edit)
    return run_tap(folder, config, tap=TAP, state=state, catalog=catalog)


by_key = partial(tables.by_key, TABLES)
expected = partial(tables.expected, TABLES)


def ids(run: Run, stream: str) -> list[str]:
    """The ids of a stream's records, each once."""
    found = [row["id"] for row in run.records(stream)]
    assert len(set(found)) == len(found)
    return found


def page(sandbox: Sandbox, path: str) -> bytes:
    """What the server truly answers."""
    form = {"grant_type": "client_credentials", "resource": RESOURCE, "scope": "all"}
    base = sandbox.logto_config["base_url"]
    with requests.Session() as session:
        token = session.post(f"{base}/oidc/token", form, auth=(CLIENT_ID, CLIENT_SECRET)).json()
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        return session.get(f"{base}/api{path}", headers=headers).content
