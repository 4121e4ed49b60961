"""`make loaders`: what becomes of the taps' default streams in each loader: docs/loaders.md."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.loaders import page
from tests.loaders.environments import WORK
from tests.loaders.feed import Feed, feeds
from tests.loaders.loaders import CASES
from tests.loaders.services import Services
from tests.loaders.trial import Outcome, tried

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.loaders.case import Case


def outcomes(cases: Iterable[Case]) -> Iterator[tuple[Case, Outcome]]:
    """What becomes of each case, as it is known."""
    written: dict[str, list[Feed]] = {}
    with tempfile.TemporaryDirectory() as folder, Services(Path(folder)) as services:
        for case in cases:
            settings = json.dumps(case.tap)
            if settings not in written:
                written[settings] = feeds(WORK / f"feeds/{len(written)}", **case.tap)
            yield case, tried(case, written[settings], services)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end too
    parser.add_argument("only", nargs="*", help="part of a loader's name: tried, but not written")
    only = parser.parse_args().only
    cases = [case for case in CASES if not only or any(part in case.name for part in only)]
    found: list[tuple[Case, Outcome]] = []
    unexpected, began = list[str](), time.monotonic()
    for case, outcome in outcomes(cases):
        found.append((case, outcome))
        print(f"{case.name}, {outcome.seconds:.0f} s: {page.line(case, outcome)}", flush=True)
        for column, how in [*outcome.rows.columns.items()][:5]:
            print(f"    {column}: {how}", flush=True)
        if outcome.is_sound != case.sound and not outcome.untried:
            unexpected.append(f"{case.name} is {'' if outcome.is_sound else 'not '}sound")
    if not only:
        page.write(found, (time.monotonic() - began) / 60)
    sys.exit("\n".join(unexpected) or 0)


if __name__ == "__main__":
    main()
