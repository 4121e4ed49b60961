"""The extract step of a rest_api source of dlt: `dlt_extract.py URL STREAMS [WORKERS]`.

dlt would normalize and load what it extracted in further steps, which are not run.
"""

from __future__ import annotations

import os
import sys
import tempfile

import dlt
from dlt_source import source


def main(url: str, wanted: str, workers: str = "") -> None:
    """Extract all records of the streams and say how many there were."""
    if workers:
        os.environ["EXTRACT__WORKERS"] = workers
    with tempfile.TemporaryDirectory() as folder:
        destination = dlt.destinations.filesystem(f"{folder}/files")
        pipeline = dlt.pipeline("bench", pipelines_dir=folder, destination=destination)
        info = pipeline.extract(source(url, wanted, bool(workers)))
        metrics = [each for load in info.metrics.values() for each in load]
        counts = [pair for each in metrics for pair in each["resource_metrics"].items()]
        print("ROWS", sum(found.items_count for name, found in counts if name[0] != "_"))


if __name__ == "__main__":
    main(*sys.argv[1:])
