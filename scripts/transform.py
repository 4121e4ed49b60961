"""`make transform`: build the access model on the database of the last demo."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sandbox.warehouse import Warehouse
from scripts import DEMO, ROOT


def main() -> None:
    """Run `meltano invoke dbt:build`, or another command of the utility with its arguments."""
    if not (DEMO / "postgres").exists():
        raise SystemExit("There is no database yet: run `make demo` first.")
    command, *arguments = sys.argv[1:] or ["build"]
    meltano = Path(sys.executable).parent / "meltano"
    with Warehouse(DEMO / "postgres", keep=True) as warehouse:
        url = warehouse.database().sqlalchemy_url
        done = subprocess.run(  # noqa: S603
            [meltano, "invoke", f"dbt:{command}", *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                "TARGET_POSTGRES_SQLALCHEMY_URL": url,
                "MELTANO_DATABASE_URI": f"sqlite:///{DEMO / 'meltano.db'}",
            },
            check=False,
        )
    raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
