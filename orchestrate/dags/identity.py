"""All tenants every night: loaded vendor by vendor, modelled in chunks, judged by the evidence."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from airflow.sdk import Variable, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.log import mask_secret

from orchestrate import run_tenant
from orchestrate.gate import gaps
from orchestrate.model import build
from orchestrate.tenants import TAPS, read_tenants

EACH_TASK = {
    "retries": 3,
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(hours=1),
    "execution_timeout": timedelta(hours=6),
}


def secret(name: str) -> str | None:
    """A credential: of the environment, or of the secrets backend as an Airflow variable."""
    value = os.environ.get(name) or Variable.get(name, default=None)
    if value:
        mask_secret(value)
    return value


@task
def prepare() -> None:
    """Let Meltano make its tables before many runs would."""
    if code := run_tenant.prepare(read_tenants()):
        raise RuntimeError(f"Meltano ended with exit code {code}")


@task
def tenants(tap: str) -> list[list[str]]:
    """The tenants of a vendor, in chunks."""
    return read_tenants().chunks(tap)


@task(map_index_template="{{ tenants }}")
def load(names: list[str]) -> None:
    """Load each tenant of a chunk; a retry loads those again that failed."""
    context = get_current_context()
    context["tenants"] = ", ".join(names)
    store = context["task_state_store"]
    loaded = list(store.get("loaded", []))

    def remember(name: str) -> None:
        loaded.append(name)
        store.set("loaded", loaded)

    missing = [name for name in names if name not in loaded]
    failures = run_tenant.load_all(read_tenants(), missing, secret, remember)
    if failures:
        raise RuntimeError("; ".join(f"{name}: {why}" for name, why in failures.items()))
    store.delete("loaded")


@task(trigger_rule="all_done")
def models() -> list[str]:
    """The access models: they are built of what there is, whoever could not be loaded."""
    return list(read_tenants().models)


@task(pool="identity-models", map_index_template="{{ schema }}")
def model(name: str) -> str:
    """Build an access model."""
    get_current_context()["schema"] = name
    if code := build(read_tenants(), name):
        raise RuntimeError(f"{name}: dbt ended with exit code {code}")
    return name


@task(trigger_rule="all_done")
def gate(built: list[str]) -> None:
    """Fail unless every stream of every tenant is complete and current."""
    everyone = read_tenants()
    night = get_current_context()["dag_run"].run_after.replace(tzinfo=None)
    found = [f"model {name} was not built" for name in everyone.models if name not in set(built)]
    found += gaps(everyone, night)
    for each in found:
        print(each)
    if found:
        raise AirflowFailException(f"{len(found)} gaps in the evidence: {'; '.join(found)}")


@dag(
    schedule=os.environ.get("IDENTITY_SCHEDULE", "@daily") or None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=EACH_TASK,
    tags=["identity"],
    doc_md=__doc__,
)
def identity() -> None:
    prepared, listed = prepare(), models()
    # A pool that is given to `expand` has no effect: each vendor has a task of its own.
    for tap in TAPS:
        chunks = tenants.override(task_id=f"tenants_{tap}")(tap)
        prepared >> chunks
        load.override(task_id=f"load_{tap}", pool=tap).expand(names=chunks) >> listed
    gate(model.expand(name=listed))


identity()
