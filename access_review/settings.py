"""Where the access model is: the environment, or a dbt profile, says so; arguments never do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import yaml
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from access_review.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Mapping

URL = "TARGET_POSTGRES_SQLALCHEMY_URL"
LIBPQ = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
}
"""Parameters of a connection, and libpq's variables, which take precedence."""


@dataclass(frozen=True)
class Settings:
    """A database, and where in it the access model is.

    Attributes:
        engine: `postgres` or `duckdb`.
        parameters: What the engine connects with. It may hold a password, so it is never shown.
        schema: Schema of the access model.
    """

    engine: str
    parameters: dict[str, str] = field(repr=False)
    schema: str

    @property
    def review_schema(self) -> str:
        """The schema that holds decisions, which dbt does not own."""
        return f"{self.schema}_review"


def read_settings(
    environment: Mapping[str, str], profiles_dir: Path | None = None, profile: str | None = None
) -> Settings:
    """The database that the environment names, or the profile in a folder of dbt's.

    The folder is `profiles_dir`, or else that of `DBT_PROFILES_DIR`.
    """
    folder = profiles_dir or environment.get("DBT_PROFILES_DIR")
    if folder:
        return _of_profile(Path(folder) / "profiles.yml", profile or "identity_access", environment)
    schema = environment.get("DBT_SCHEMA") or "identity"
    path, url = environment.get("DBT_DUCKDB_PATH"), environment.get(URL)
    engine = environment.get("DBT_TARGET") or ("duckdb" if path and not url else "postgres")
    if engine == "duckdb" and path:
        return Settings("duckdb", {"path": path}, schema)
    if engine == "postgres" and (url or any(environment.get(name) for name in LIBPQ.values())):
        return Settings("postgres", _of_url(url or "", environment), schema)
    raise ReviewError(
        f"No database is named: set {URL} or libpq's variables (PGHOST and so on) for PostgreSQL, "
        "or DBT_TARGET=duckdb and DBT_DUCKDB_PATH for DuckDB, or give --profiles-dir."
    )


def _of_url(url: str, environment: Mapping[str, str]) -> dict[str, str]:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parsed = conninfo_to_dict(re.sub(r"^postgres(ql)?(\+\w+)?:", "postgresql:", url))
    except (ProgrammingError, UnicodeError):
        # Its text repeats the URL.
        raise ReviewError(f"{URL} is no URL of PostgreSQL that libpq can read.") from None
    found = {name: str(value) for name, value in parsed.items() if value is not None}
    variables = {name: environment.get(variable) for name, variable in LIBPQ.items()}
    return {**found, **{name: value for name, value in variables.items() if value}}


def _of_profile(path: Path, name: str, environment: Mapping[str, str]) -> Settings:
    try:
        profiles = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise ReviewError(f"Cannot read the dbt profile {path}: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeError):
        raise ReviewError(f"The dbt profile {path} is not YAML.") from None
    outputs = profiles.get(name, {}).get("outputs") if isinstance(profiles, dict) else None
    if not isinstance(outputs, dict):
        raise ReviewError(f"The dbt profile {path} has no profile {name!r}: give --profile.")
    render = _Renderer(path, environment)
    target = environment.get("DBT_TARGET") or render(profiles[name].get("target") or "default")
    if not isinstance(outputs.get(target), dict):
        raise ReviewError(f"The profile {name!r} in {path} has no target {target!r}.")
    found = {key: render(value) for key, value in outputs[target].items()}
    found = {key: value for key, value in found.items() if value}
    schema = found.get("schema") or "identity"
    if found.get("type") == "duckdb" and "path" in found:
        return Settings("duckdb", {"path": found["path"]}, schema)
    if found.get("type") != "postgres":
        raise ReviewError(
            f"The target {target!r} in {path} is neither a PostgreSQL nor a DuckDB with a path."
        )
    names = {"pass": "password", "database": "dbname"}
    found = {names.get(key, key): value for key, value in found.items()}
    return Settings("postgres", {key: found[key] for key in LIBPQ if key in found}, schema)


class _Renderer:
    """Renders what stands in a profile, as dbt does: `env_var`, `modules.re` and `as_number`."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self._path = path
        self._variables = environment
        self._jinja = SandboxedEnvironment(undefined=StrictUndefined)
        self._jinja.globals.update(env_var=self._variable, modules=SimpleNamespace(re=re))
        for name in ("as_number", "as_bool", "as_text", "as_native"):
            self._jinja.filters[name] = str

    def __call__(self, value: Any) -> str:
        try:
            return self._jinja.from_string(str(value)).render().strip()
        except (TemplateError, ValueError, TypeError, AttributeError):
            # Its text may repeat a value.
            raise ReviewError(f"A value in the dbt profile {self._path} cannot be read.") from None

    def _variable(self, name: str, default: str | None = None) -> str:
        found = self._variables.get(name, default)
        if found is None:
            raise ReviewError(f"The dbt profile {self._path} needs the variable {name}.")
        return found
