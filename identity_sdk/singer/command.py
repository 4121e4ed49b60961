"""The command line of all taps."""

from __future__ import annotations

import gc
import sys
from typing import Any

from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from identity_sdk.errors import IdentityError


class Command(SingerCommand):
    """A command whose errors are such that people can act on them, without a traceback."""

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        tune_garbage_collection()
        try:
            return super().main(*args, **kwargs)
        except IdentityError as error:
            self.logger.error("%s", error)
            sys.exit(error.exit_code)
        except Exception as error:
            self.logger.error("Unexpected %s", type(error).__name__)
            self.logger.debug("Where it came from", exc_info=error)
            sys.exit(1)


def tune_garbage_collection() -> None:
    """Let the collector look at what a run makes, and that seldom.

    What importing made stays: looking through it again and again costs a fifth of the CPU.
    """
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
