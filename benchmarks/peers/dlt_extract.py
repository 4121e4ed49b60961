"""The extract step of a rest_api source of dlt: `dlt_extract.py URL STREAMS [WORKERS]`.

dlt would normalize and load what it extracted in further steps, which are not run.
"""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
if len(sys.argv) > 3:
    os.environ["EXTRACT__WORKERS"] = sys.argv[3]

import dlt
from dlt.sources.rest_api import rest_api_source

PAGING = {"type": "cursor", "cursor_path": "next_token", "cursor_param": "next_token"}


def resource(name: str, path: str, **more: Any) -> dict[str, Any]:
    params = {"page_size": 500, **more.pop("params", {})}
    endpoint = {"path": path, "params": params, "data_selector": name, "paginator": PAGING}
    return {"name": name, "endpoint": endpoint, **more}


def resources(parallel: bool) -> list[dict[str, Any]]:
    code = {"type": "resolve", "resource": "organizations", "field": "code"}
    return [
        resource("users", "/api/v1/users", primary_key="id"),
        resource("organizations", "/api/v1/organizations", primary_key="code"),
        resource(
            "organization_users",
            "/api/v1/organizations/{code}/users",
            primary_key=["_organizations_code", "id"],
            params={"code": code},
            include_from_parent=["code"],
            parallelized=parallel,
        ),
    ]


def main(url: str, wanted: str, workers: str = "") -> None:
    """Extract all records of the streams and say how many there were."""
    auth = {
        "type": "oauth2_client_credentials",
        "access_token_url": f"{url}/oauth2/token",
        "client_id": "bench",
        "client_secret": "bench",
    }
    chosen = [each for each in resources(bool(workers)) if each["name"] in wanted.split(",")]
    source = rest_api_source({"client": {"base_url": url, "auth": auth}, "resources": chosen})
    with tempfile.TemporaryDirectory() as folder:
        destination = dlt.destinations.filesystem(f"{folder}/files")
        pipeline = dlt.pipeline("bench", pipelines_dir=folder, destination=destination)
        info = pipeline.extract(source)
        metrics = [each for load in info.metrics.values() for each in load]
        counts = [pair for each in metrics for pair in each["resource_metrics"].items()]
        print("ROWS", sum(found.items_count for name, found in counts if name[0] != "_"))


if __name__ == "__main__":
    main(*sys.argv[1:])
