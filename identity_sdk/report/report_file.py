"""The verdict of a run as a JSON file, for alerts that ask no warehouse."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from identity_sdk.errors import IdentityError, SettingsError
from identity_sdk.records.values import now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from identity_sdk.report.run_report import RunReport


class ReportFile:
    """A file that says how the last run of a tap ended.

    Its `exit_code` is null from the start of a run to its end, so that a killed run does not leave
    the verdict of the one before. It is replaced as a whole: nobody reads half of it.

    Args:
        path: Where it is; without a path nothing is written.
        tap: Name of the tap.
    """

    def __init__(self, path: str | None, tap: str) -> None:
        self._path = Path(path) if path else None
        self._tap = tap

    @contextmanager
    def of(self, report: RunReport) -> Iterator[None]:
        """Write it at the start of a run and at its end.

        Raises:
            SettingsError: It cannot be written.
        """
        self._write(None, None, report)
        try:
            yield
        except Exception as error:
            self.failed(error, report)
            raise
        self._write(0, None, report)

    def failed(self, error: Exception, report: RunReport | None = None) -> None:
        """Write how a run failed, if possible; without a report if it failed before it began."""
        known = isinstance(error, IdentityError)
        told = str(error) if known else f"Unexpected {type(error).__name__}"
        with suppress(SettingsError):  # The run fails with its own error.
            self._write(getattr(error, "exit_code", 1), told, report)

    def _write(self, exit_code: int | None, error: str | None, report: RunReport | None) -> None:
        if self._path is None:
            return
        content: dict[str, Any] = {
            "tap": self._tap,
            "sync_id": report.sync_id if report else None,
            "written_at": now(),
            "exit_code": exit_code,
            "error": error,
            "streams": list(report.records()) if report else [],
        }
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            draft.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
            draft.replace(self._path)
        except OSError as cause:
            draft.unlink(missing_ok=True)
            raise SettingsError(f"`report_file` cannot be written: {cause.strerror}.") from None
