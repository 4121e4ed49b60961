"""The sandbox: every API of the company on one loopback port."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING, cast

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from sandbox.audit import PATH, AuditLogs
from sandbox.faults import App, Faulty, Receive, Scope, Send
from sandbox.kinde.server import KindeServer
from sandbox.logto import CLIENT_ID, CLIENT_SECRET, LogtoServer
from sandbox.scim import ScimServer
from sandbox.zitadel import ZitadelServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from sandbox.company import Company

TOKEN = "made-up-organization-token"  # noqa: S105
"""The service access token that the sandbox accepts."""


def _later(app: Callable[[], App]) -> App:
    """An application that is made when it gets its first request."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await app()(scope, receive, send)

    return answer


class HttpServer(uvicorn.Server):
    """A server that closes the connections that come while it ends.

    uvicorn leaves them open, and to the garbage collector.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            if (transport := connection.transport) is not None:
                transport.abort()
        await asyncio.sleep(0)  # In which they are closed.


class Sandbox:
    """Serves a company over HTTP on 127.0.0.1 while it is entered.

    `certificate` names the files of a certificate and its key, to serve https.

    Attributes:
        company: What is served; a test may change it at any time.
        rudderstack: RudderStack's APIs: their faults and the requests they got.
        audit: RudderStack's audit logs.
    """

    def __init__(
        self,
        company: Company,
        *,
        port: int = 0,
        max_results: int = 100,
        certificate: tuple[str, str] | None = None,
        logto_version: tuple[int, int] = (1, 42),
        zitadel_version: tuple[int, int] = (4, 13),
    ) -> None:
        self.company = company
        self.scim = ScimServer(company, TOKEN, max_results=max_results)
        self.audit = AuditLogs(company, TOKEN)
        routes = [Mount("/scim", cast("App", self.scim)), Route(PATH, self.audit.answer)]
        self.rudderstack = Faulty(Starlette(routes=routes))
        self._versions = {"logto": logto_version, "zitadel": zitadel_version}
        everything = Starlette(
            routes=[
                Mount("/kinde", _later(lambda: self.kinde)),
                Mount("/logto", _later(lambda: self.logto)),
                Mount("/zitadel", _later(lambda: self.zitadel)),
                Mount("/", self.rudderstack),
            ]
        )
        self._scheme = "https" if certificate else "http"
        # Named as TCP, or asyncio leaves Nagle's algorithm on: 40 ms for each answer.
        self._socket = socket.socket(proto=socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", port))
        self._server = HttpServer(
            uvicorn.Config(
                everything,
                log_level="critical",
                lifespan="off",
                timeout_graceful_shutdown=1,
                ws="none",
                ssl_certfile=certificate[0] if certificate else None,
                ssl_keyfile=certificate[1] if certificate else None,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), daemon=True, name="sandbox"
        )

    # Each of these begins to serve the company when it is first asked for.

    @cached_property
    def kinde_server(self) -> KindeServer:
        """What answers as Kinde."""
        return KindeServer(self.company)

    @cached_property
    def kinde(self) -> Faulty:
        """Kinde's API: its faults and the requests it got."""
        return Faulty(self.kinde_server)

    @cached_property
    def logto_server(self) -> LogtoServer:
        """What answers as Logto."""
        return LogtoServer(self.company, version=self._versions["logto"])

    @cached_property
    def logto(self) -> Faulty:
        """Logto's API: its faults and the requests it got."""
        return Faulty(self.logto_server)

    @cached_property
    def zitadel_server(self) -> ZitadelServer:
        """What answers as ZITADEL."""
        server = ZitadelServer(self.company, version=self._versions["zitadel"])
        server.issuer = f"{self.url}/zitadel"
        return server

    @cached_property
    def zitadel(self) -> Faulty:
        """ZITADEL's APIs: their faults and the requests they got."""
        return Faulty(self.zitadel_server)

    @property
    def url(self) -> str:
        host, port = self._socket.getsockname()
        return f"{self._scheme}://{host}:{port}"

    @property
    def scim_base_url(self) -> str:
        return f"{self.url}/scim/v2"

    @property
    def rudderstack_config(self) -> dict[str, str]:
        """Settings of tap-rudderstack for this sandbox."""
        return {"service_access_token": TOKEN, "scim_base_url": self.scim_base_url}

    @property
    def kinde_config(self) -> dict[str, str]:
        """Settings of tap-kinde for this sandbox."""
        return {
            "base_url": f"{self.url}/kinde",
            "client_id": self.kinde_server.client_id,
            "client_secret": self.kinde_server.client_secret,
        }

    @property
    def logto_config(self) -> dict[str, str]:
        """Settings of tap-logto for this sandbox."""
        return {
            "base_url": f"{self.url}/logto",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }

    @property
    def zitadel_config(self) -> dict[str, str]:
        """Settings of tap-zitadel for this sandbox."""
        return {"instance_url": f"{self.url}/zitadel", "pat": self.zitadel_server.pat}

    @property
    def configs(self) -> dict[str, dict[str, str]]:
        """Settings of all taps."""
        return {
            "tap-kinde": self.kinde_config,
            "tap-logto": self.logto_config,
            "tap-rudderstack": self.rudderstack_config,
            "tap-zitadel": self.zitadel_config,
        }

    def __enter__(self) -> Sandbox:
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.01)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()
