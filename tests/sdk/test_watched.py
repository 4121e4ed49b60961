"""The PostgreSQL of the tests is started anew if it dies."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.watched import WatchedWarehouse

if TYPE_CHECKING:
    from pathlib import Path


def test_a_server_that_was_killed_is_replaced_and_told_of(tmp_path: Path) -> None:
    folders = (tmp_path / f"postgres{number}" for number in range(2))
    with WatchedWarehouse(lambda: next(folders)) as warehouse:
        first = warehouse.folder
        warehouse.database("test").query("create table t as select 1 as one")
        warehouse.look_after()
        assert (warehouse.folder, warehouse.starts) == (first, 1)
        server = psutil.Process(warehouse.server.get_pid())
        assert str(first) in server.cmdline()
        server.send_signal(signal.SIGKILL)
        server.wait(timeout=10)
        assert not warehouse.is_alive
        with pytest.warns(UserWarning, match=r"was gone; another one was started"):
            warehouse.look_after()
        assert (warehouse.folder != first, warehouse.starts) == (True, 2)
        assert not first.exists()
        assert warehouse.database("test").query("select 1 as one") == [{"one": 1}]
    assert not warehouse.folder.exists()
