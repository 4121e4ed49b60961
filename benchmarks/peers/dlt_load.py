"""A rest_api source of dlt, loaded into PostgreSQL by COPY: `dlt_load.py URL DATABASE DATASET`.

The users without their nested lists; the table is replaced.
"""

from __future__ import annotations

import sys
import tempfile

import dlt
from dlt_source import source, without_lists


def main(url: str, database: str, dataset: str) -> None:
    """Extract, normalize and load the users."""
    users = source(url, "users")
    users.users.add_map(without_lists)
    with tempfile.TemporaryDirectory() as folder:
        destination = dlt.destinations.postgres(credentials=database)
        pipeline = dlt.pipeline(
            "bench", pipelines_dir=folder, destination=destination, dataset_name=dataset
        )
        info = pipeline.run(users, write_disposition="replace", loader_file_format="csv")
        info.raise_on_failed_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:])
