"""`python -m sandbox`: serve the made-up company until it is interrupted."""

from __future__ import annotations

import argparse
import signal
import threading

from sandbox.company import Company
from sandbox.server import Sandbox


def main() -> None:
    """Serve a company of the size asked for."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=0, help="port to listen on (default: a free one)"
    )
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--groups", type=int, default=6)
    parser.add_argument("--memberships", type=int, default=90)
    options = parser.parse_args()
    company = Company.made_up(options.people, options.groups, options.memberships)
    with Sandbox(company, port=options.port) as sandbox:
        for tap, config in sandbox.configs.items():
            for name, value in config.items():
                print(f"export {tap.replace('-', '_').upper()}_{name.upper()}={value}")
        print("Serving until interrupted (Ctrl-C).", flush=True)
        done = threading.Event()
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, lambda *_: done.set())
        done.wait()


if __name__ == "__main__":
    main()
