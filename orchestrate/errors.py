"""What ends a command with a sentence instead of a traceback."""

from __future__ import annotations


class TenantsError(Exception):
    """Something that whoever keeps `tenants.yml` can put right; each line is one problem."""
