"""`make loaders`: what becomes of the taps' default streams in each loader: docs/loaders.md."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.loaders.environments import WORK
from tests.loaders.feed import feeds
from tests.loaders.loaders import CASES
from tests.loaders.services import Services
from tests.loaders.trial import tried


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="part of the name of a case")
    asked = parser.parse_args()
    cases = [case for case in CASES if not asked.only or any(o in case.name for o in asked.only)]
    plain = feeds(WORK / "feed")
    flat = feeds(WORK / "flat", flattening_enabled=True, flattening_max_depth=1)
    with tempfile.TemporaryDirectory() as folder, Services(Path(folder)) as services:
        for case in cases:
            outcome = tried(case, flat if case.flattened else plain, services)
            print(case.name, outcome, flush=True)


if __name__ == "__main__":
    main()
