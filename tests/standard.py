"""What each vendor's folder declares of its tap, for the checks that are made of every tap."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.company import Company


@dataclass(frozen=True)
class Standard:
    """What is expected of a tap.

    Attributes:
        company: Makes a company with at least one row for each stream.
        served: Arguments of the sandbox that serves it.
        context: What is given to the functions of `tables` besides the company.
        tables: By stream, what its rows are and what their key is.
        elsewhere: Streams whose rows other tests compare with the company.
        default: Streams that are selected by default.
        settings: The tap's own settings, with their defaults.
        secret: Those that are secret.
        required: Those that must be given.
        incremental: Streams that are incremental, with their replication keys.
        may_be_incremental: Those that are if they are asked to be, likewise.
        secret_columns: Names of fields with secrets, which no stream has; by stream, or under
            "*" for all.
    """

    company: Callable[[], Company]
    tables: Mapping[str, tuple[Callable[..., Any], tuple[str, ...]]]
    default: tuple[str, ...]
    settings: Mapping[str, Any]
    secret: frozenset[str]
    required: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()
    context: tuple[Any, ...] = ()
    served: Mapping[str, Any] = field(default_factory=dict)
    incremental: Mapping[str, str] = field(default_factory=dict)
    may_be_incremental: Mapping[str, str] = field(default_factory=dict)
    secret_columns: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def streams(self) -> tuple[str, ...]:
        """All streams, in the order in which they are read."""
        return (*self.tables, *self.elsewhere, "sync_runs")

    @property
    def opt_in(self) -> tuple[str, ...]:
        """Those that are not selected by default."""
        return tuple(s for s in self.streams if s not in {*self.default, "sync_runs"})


def standard_of(tap: str) -> Standard:
    """What a vendor's folder declares."""
    vendor = tap.removeprefix("tap-")
    found: Standard = importlib.import_module(f"tests.{vendor}.standard").STANDARD
    return found
