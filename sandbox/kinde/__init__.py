"""Kinde's Management API over the made-up company, written from the vendor's contract alone."""

from sandbox.kinde.server import KindeServer

__all__ = ["KindeServer"]
