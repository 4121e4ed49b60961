"""Logto's Management API, as measured on real Logto servers, serving a made-up company.

Start reading at `endpoints.py`: a table of what is served, and how each list is ordered
and paged. `server.py` answers requests with it.
"""

from sandbox.logto.server import LogtoServer
from sandbox.logto.tables import RESOURCE
from sandbox.logto.tokens import CLIENT_ID, CLIENT_SECRET

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "RESOURCE", "LogtoServer"]
