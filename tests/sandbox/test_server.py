"""The server of the sandbox itself."""

from __future__ import annotations

import gc
import socket
import threading
import time
import warnings
from urllib.parse import urlsplit

from sandbox.company import Company
from sandbox.server import Sandbox


def connect_while_it_ends() -> None:
    over, opened = threading.Event(), list[socket.socket]()
    with Sandbox(Company.made_up(2, 1, 2)) as sandbox:
        place = urlsplit(sandbox.url)

        def connect() -> None:
            while not over.is_set():
                try:
                    opened.append(socket.create_connection((str(place.hostname), place.port or 0)))
                except OSError:
                    return
                time.sleep(0.002)

        clients = [threading.Thread(target=connect) for _ in range(4)]
        for client in clients:
            client.start()
        time.sleep(0.2)
    over.set()
    for client in clients:
        client.join()
    for connection in opened:
        connection.close()


def test_it_closes_the_connections_that_come_while_it_ends() -> None:
    """Else they are closed when they are collected, during some other test."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        for _ in range(4):
            connect_while_it_ends()
            gc.collect()
    assert not [str(each.message) for each in told]
