"""A run of one tenant, which shares nothing with the run of another: `meltano run` in its own
system directory, with its own state and schema, and with no credential but its own.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrate.errors import TenantsError
from orchestrate.tenants import read_tenants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from orchestrate.tenants import Tenant, Tenants

    Secret = Callable[[str], str | None]


def shared_environment(tenants: Tenants, outer: Mapping[str, str]) -> dict[str, str]:
    """What every tenant's processes may know: no credential of a tenant, nothing of Airflow's."""
    return {
        name: value
        for name, value in outer.items()
        if name not in tenants.variables and not name.startswith(("AIRFLOW_", "_AIRFLOW_"))
    }


def environment(
    tenants: Tenants, tenant: Tenant, outer: Mapping[str, str], secret: Secret
) -> dict[str, str]:
    """The environment of a tenant's run.

    Raises:
        TenantsError: A credential is not there.
    """
    prefix = tenant.tap.upper().replace("-", "_")
    # Empty, or one of somebody else's could come from the environment or from the project's .env.
    settings = {name: "" for name, hidden in tenants.settings[tenant.tap].items() if hidden}
    settings |= {name: _text(value) for name, value in tenant.settings.items()}
    for name, variable in tenant.credentials.items():
        value = secret(variable)
        if not value:
            # The variable is not named: somebody may have written the secret in its place.
            raise TenantsError(
                f"{tenant.id} has no credential: the variable that {tenants.path} names for its "
                f"{name} is not set."
            )
        settings[name] = value
    wanted = ["*.*", *(f"!{stream}.*" for stream in tenant.leave_out)]
    return {
        **shared_environment(tenants, outer),
        **{f"{prefix}_{name.upper()}": value for name, value in settings.items()},
        f"{prefix}__LOAD_SCHEMA": tenant.schema,
        f"{prefix}__SELECT": json.dumps(wanted),
        "MELTANO_SYS_DIR_ROOT": str(system_directory(tenants, tenant)),
    }


def system_directory(tenants: Tenants, tenant: Tenant) -> Path:
    """Meltano's system directory of a tenant, with the plugins that all share.

    Meltano writes catalog, state and settings of a run into files that are named after the plugin
    alone: two runs in one directory read each other's.
    """
    folder = tenants.folder(tenant.id)
    for kind in ("extractors", "loaders"):
        link, plugins = folder / kind, (tenants.project / ".meltano" / kind).resolve()
        if not plugins.is_dir():
            raise TenantsError(f"{plugins} is not there: run `meltano install` first.")
        if not link.is_symlink() or link.resolve() != plugins:
            link.unlink(missing_ok=True)
            link.symlink_to(plugins)
    return folder


def command(tenants: Tenants, tenant: Tenant, options: Iterable[str] = ()) -> list[str]:
    """The command line of a tenant's run, without anything that is secret."""
    names = [tenant.tap, "target-postgres"]
    return [_meltano(tenants), "run", "--state-id-suffix", tenant.id, *options, *names]


def _meltano(tenants: Tenants) -> str:
    folders = [tenants.project / ".venv/bin", Path(sys.executable).parent, *os.get_exec_path()]
    found = shutil.which("meltano", path=os.pathsep.join(map(str, folders)))
    if found is None:
        raise TenantsError(f"There is no meltano in {folders[0]} or on PATH: install it there.")
    return found


def prepare(tenants: Tenants) -> int:
    """Let Meltano make or migrate its tables, if all tenants share them; its exit code.

    Of several runs that would do so at the same time, all but one fail.
    """
    if not os.environ.get("MELTANO_DATABASE_URI"):
        return 0
    line = [_meltano(tenants), "state", "list", "--pattern", "none"]
    return run(line, tenants.project, shared_environment(tenants, os.environ))


def load(tenants: Tenants, tenant: Tenant, secret: Secret) -> int:
    """Run a tenant to its end; the exit code. Its log goes where that of this process goes."""
    variables = environment(tenants, tenant, os.environ, secret)
    return run(command(tenants, tenant), tenants.project, variables)


def load_all(
    tenants: Tenants, names: Sequence[str], secret: Secret, loaded: Callable[[str], None]
) -> dict[str, str]:
    """Run tenants one after the other, also if some fail; why each of these failed.

    Args:
        loaded: Is told of each tenant whose run was complete.
    """
    failures = {}
    for name in names:
        print(f"{name}: loading", flush=True)
        try:
            code = load(tenants, tenants[name], secret)
        except TenantsError as error:
            failures[name] = str(error)
            continue
        if code:
            failures[name] = f"exit code {code}; its log says which streams, and why"
        else:
            loaded(name)
    return failures


def run(arguments: Sequence[str], folder: Path, variables: Mapping[str, str]) -> int:
    """Run a program to its end; the exit code. It is asked to end if this process has to.

    Its log goes to standard output: what comes from standard error, Airflow shows as errors.
    """
    with subprocess.Popen(  # noqa: S603
        arguments, cwd=folder, env=dict(variables), stderr=subprocess.STDOUT
    ) as process:
        try:
            return process.wait()
        except BaseException:
            process.terminate()
            raise


def _text(value: str | int | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m orchestrate.run_tenant TENANT`: this process becomes Meltano's."""
    parser = argparse.ArgumentParser(prog="python -m orchestrate.run_tenant", description=__doc__)
    parser.add_argument("tenant", help="its id in tenants.yml")
    parser.add_argument("--tenants", type=Path, help="the file (default: IDENTITY_TENANTS)")
    parser.add_argument("options", nargs="*", help="options of `meltano run`, after --")
    options = parser.parse_args(arguments)
    try:
        tenants = read_tenants(options.tenants)
        tenant = tenants[options.tenant]
        line = command(tenants, tenant, options.options)
        variables = environment(tenants, tenant, os.environ, os.environ.get)
    except TenantsError as error:
        sys.exit(str(error))
    os.chdir(tenants.project)
    os.execve(line[0], line, variables)  # noqa: S606


if __name__ == "__main__":
    main()
