"""A command line in this process: what a tap says and does, without a process for each case."""

from __future__ import annotations

import gc
import io
import logging
import os
import signal
import sys
import threading
import time
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from identity_sdk.singer.tap import IdentityTap


def called(
    tap: type[IdentityTap], arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> tuple[int, str, str]:
    """Exit code, standard output and log of a tap's command, called with these arguments."""
    output, log = io.BytesIO(), io.StringIO()
    code: Any = 0
    with as_before(), within(folder, environment), settled():
        told = io.TextIOWrapper(output, encoding="utf-8", write_through=True)
        with redirect_stdout(told), redirect_stderr(log):
            try:
                tap.cli(args=list(arguments), prog_name=tap.name)
            except SystemExit as ended:
                code = ended.code or 0
        told.flush()
    if not isinstance(code, int):  # as Python does with a text
        code, log = 1, io.StringIO(f"{log.getvalue()}{code}\n")
    return code, output.getvalue().decode(), log.getvalue()


@contextmanager
def settled(patience: float = 1.0) -> Iterator[None]:
    """Wait at the end for requests that were abandoned: no later test's server hears of them."""
    before = set(threading.enumerate())
    try:
        yield
    finally:
        end = time.monotonic() + patience
        for thread in set(threading.enumerate()) - before:
            if thread.name == "identity-client":
                thread.join(max(0.0, end - time.monotonic()))


@contextmanager
def within(folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Be in a folder, with these variables in the environment as well."""
    here, before = os.getcwd(), dict(os.environ)
    os.chdir(folder)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def as_before() -> Iterator[None]:
    """Give back at the end what a command takes over, for it expects its process to end."""
    main = threading.current_thread() is threading.main_thread()
    handlers = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    thresholds, hook = gc.get_threshold(), sys.excepthook
    with warnings.catch_warnings(), loggers_as_before():
        try:
            yield
        finally:
            sys.excepthook = hook
            gc.set_threshold(*thresholds)
            gc.unfreeze()
            logging.captureWarnings(capture=False)
            for each, handler in handlers.items() if main else ():
                signal.signal(each, handler)


@contextmanager
def loggers_as_before() -> Iterator[None]:
    """Give back the levels and handlers of all loggers at the end."""
    names = [None, *logging.root.manager.loggerDict]
    before = {name: _logger(name) for name in names}
    try:
        yield
    finally:
        for name in [None, *logging.root.manager.loggerDict]:
            logger = logging.getLogger(name)
            level, own, propagate, disabled = before.get(name) or (logging.NOTSET, [], True, False)
            logger.setLevel(level)
            logger.handlers[:], logger.propagate, logger.disabled = own, propagate, disabled


def _logger(name: str | None) -> tuple[int, list[logging.Handler], bool, bool]:
    logger = logging.getLogger(name)
    return logger.level, [*logger.handlers], logger.propagate, logger.disabled
