"""The sandbox: every API of the company on one loopback port."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, cast

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from sandbox.audit import PATH, AuditLogs
from sandbox.faults import Faulty
from sandbox.kinde.server import KindeServer
from sandbox.logto import CLIENT_ID, CLIENT_SECRET, LogtoServer
from sandbox.scim import ScimServer

if TYPE_CHECKING:
    from types import TracebackType

    from sandbox.company import Company
from sandbox.faults import App

TOKEN = "made-up-organization-token"  # noqa: S105
"""The service access token that the sandbox accepts."""


class Sandbox:
    """Serves a company over HTTP on 127.0.0.1 while it is entered.

    `certificate` names the files of a certificate and its key, to serve https.

    Attributes:
        company: What is served; a test may change it at any time.
        rudderstack: RudderStack's APIs: their faults and the requests they got.
        audit: RudderStack's audit logs.
        kinde: Kinde's API: its faults and the requests it got.
        kinde_server: What answers them.
        logto: Logto's API: its faults and the requests it got.
        logto_server: What answers them.
    """

    def __init__(
        self,
        company: Company,
        *,
        port: int = 0,
        max_results: int = 100,
        certificate: tuple[str, str] | None = None,
        logto_version: tuple[int, int] = (1, 42),
    ) -> None:
        self.company = company
        self.scim = ScimServer(company, TOKEN, max_results=max_results)
        self.audit = AuditLogs(company, TOKEN)
        routes = [Mount("/scim", cast("App", self.scim)), Route(PATH, self.audit.answer)]
        self.rudderstack = Faulty(Starlette(routes=routes))
        self.logto_server = LogtoServer(company, version=logto_version)
        self.logto = Faulty(self.logto_server)
        self.kinde_server = KindeServer(company)
        self.kinde = Faulty(self.kinde_server)
        everything = Starlette(
            routes=[
                Mount("/kinde", self.kinde),
                Mount("/logto", self.logto),
                Mount("/", self.rudderstack),
            ]
        )
        self._scheme = "https" if certificate else "http"
        # Named as TCP, or asyncio leaves Nagle's algorithm on: 40 ms for each answer.
        self._socket = socket.socket(proto=socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", port))
        self._server = uvicorn.Server(
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
    def configs(self) -> dict[str, dict[str, str]]:
        """Settings of all taps."""
        return {
            "tap-kinde": self.kinde_config,
            "tap-logto": self.logto_config,
            "tap-rudderstack": self.rudderstack_config,
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
