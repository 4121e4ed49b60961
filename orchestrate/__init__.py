"""Many tenants: who they are, a run of each, the access models over them, and the gate."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
"""The repository, which is the Meltano project if no other one is named."""
