"""The command line of all taps."""

from __future__ import annotations

import gc
import sys
from typing import Any

from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from identity_sdk.errors import IdentityError


class Command(SingerCommand):
    """A command that logs errors as one actionable line, without a traceback."""

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        tune_garbage_collection()
        try:
            return super().main(*args, **kwargs)
        except IdentityError as error:
            self.logger.error("%s", error)
            sys.exit(error.exit_code)
        except Exception as error:
            told = "Unexpected %s; %s_LOGLEVEL=DEBUG shows where"
            self.logger.error(
                told, type(error).__name__, self.logger.name.upper().replace("-", "_")
            )
            self.logger.debug("Traceback", exc_info=error)
            sys.exit(1)


def tune_garbage_collection() -> None:
    """Run the garbage collector rarely, and only over objects of this run.

    Objects made by imports are frozen: scanning them repeatedly costs a fifth of the CPU.
    """
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
