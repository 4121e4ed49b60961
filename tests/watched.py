"""A PostgreSQL that is started anew if its server dies, so that one death is not that of all."""

from __future__ import annotations

import shutil
import warnings
from typing import TYPE_CHECKING

import psycopg

from sandbox.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOT_FOR_KEEPS = ("fsync", "synchronous_commit", "full_page_writes")
"""What only a database needs that is to survive its machine."""


class WatchedWarehouse(Warehouse):
    """A server that is looked after before each test that uses it.

    Attributes:
        starts: How often one was started. What was in an earlier one is gone.
    """

    def __init__(self, new_folder: Callable[[], Path]) -> None:
        super().__init__(new_folder())
        self.starts = 0
        self._new_folder = new_folder

    def __enter__(self) -> WatchedWarehouse:
        super().__enter__()
        self.starts += 1
        for setting in NOT_FOR_KEEPS:
            self.database().query(f"alter system set {setting} = off")
        self.database().query("select pg_reload_conf()")
        return self

    @property
    def is_alive(self) -> bool:
        """Whether the server answers."""
        try:
            return self.database().query("select 1 as one") == [{"one": 1}]
        except psycopg.OperationalError:
            return False

    def look_after(self) -> None:
        """Start another server in a new folder, with a warning, if this one is gone."""
        if self.is_alive:
            return
        gone, pid = self.folder, self.server.get_pid()
        self.server.stop()  # in case it hangs
        shutil.rmtree(gone, ignore_errors=True)
        self.folder = self._new_folder()
        self.__enter__()
        with warnings.catch_warnings():
            warnings.simplefilter("always")  # else it would be an error
            warnings.warn(
                f"the PostgreSQL in {gone} (process {pid}) was gone; another one was started in "
                f"{self.folder}, and what was in it is lost",
                stacklevel=2,
            )
