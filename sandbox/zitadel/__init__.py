"""ZITADEL's APIs, as its server's source describes them, serving a made-up company.

Start reading at `ids.py`, which says what of the company becomes what of an instance, and
at `endpoints.py` and `endpoints_v1.py`: tables of what is served. `server.py` answers
requests with them.
"""

from sandbox.zitadel.server import ZitadelServer

__all__ = ["ZitadelServer"]
