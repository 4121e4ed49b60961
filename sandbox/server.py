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
        audit: The audit logs.
    """

    def __init__(
        self,
        company: Company,
        *,
        port: int = 0,
        max_results: int = 100,
        certificate: tuple[str, str] | None = None,
    ) -> None:
        self.company = company
        self.scim = ScimServer(company, TOKEN, max_results=max_results)
        self.audit = AuditLogs(company, TOKEN)
        routes = [Mount("/scim", cast("App", self.scim)), Route(PATH, self.audit.answer)]
        self.rudderstack = Faulty(Starlette(routes=routes))
        self._scheme = "https" if certificate else "http"
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", port))
        self._server = uvicorn.Server(
            uvicorn.Config(
                self.rudderstack,
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
