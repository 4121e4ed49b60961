"""The verdict on one read of a stream."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from identity_sdk.errors import Incomplete, Unsupported
from identity_sdk.singer.stream_maps import filters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from identity_sdk.singer.stream import IdentityStream


class Verdict:
    """Whether a stream was read completely, and what a reader of `sync_runs` should know.

    Attributes:
        result: The stream's result in the run report.
    """

    def __init__(self, stream: IdentityStream) -> None:
        self._stream = stream
        self._run = stream.run
        self.result = stream.open_result()

    @contextmanager
    def on_error(self) -> Iterator[None]:
        """Record how a read ends if it fails, and how many requests it took."""
        stream, result, client = self._stream, self.result, self._run.client
        before = client.requests.count
        try:
            yield
        except Unsupported as error:
            if stream.last_complete:
                result.end("incomplete", f"{error}, but it was read in an earlier run")
                raise Incomplete(str(error)) from error
            stream.logger.warning("%s: %s", stream.name, error)
            result.end("unsupported", str(error))
        except Incomplete as error:
            result.end("incomplete", str(error))
            raise
        except Exception as error:
            result.end("failed", self._run.reason(error))
            raise
        finally:
            result.requests = client.requests.count - before + stream.take_prepaid()

    def conclude(self) -> None:
        """Give the verdict on a read whose listing is complete.

        Raises:
            Incomplete: The credential lost permissions during the run, or the stream shrank too
                much since the last complete run.
        """
        stream, run, result = self._stream, self._run, self.result
        run.rights.recheck(stream.permissions)
        if result.mode == "full":
            self._compare_filter()
            shrunk = result.shrinkage(stream.last_complete, run.max_shrink)
            if shrunk and run.accept_shrink:
                run.accepted = True
                stream.remarks.append(f"accepted: {shrunk}")
            elif shrunk:
                raise Incomplete(
                    f"{shrunk}. If this is expected, set `accept_shrink` for one run; until then "
                    "no row of this stream is marked as deleted"
                )
        result.end("complete", self._notes())

    def _compare_filter(self) -> None:
        stream, result = self._stream, self.result
        result.filter = filters(stream.config.get("stream_maps", {}), stream.name)
        if stream.last_complete and stream.last_complete.get("filter") != result.filter:
            stream.logger.warning(
                "%s: its `__filter__` has changed since the last complete run; rows that it now "
                "excludes will be marked as deleted",
                stream.name,
            )

    def _notes(self) -> str | None:
        stream, result = self._stream, self.result
        if result.unknown:
            stream.logger.warning(
                "%s: fields unknown to this version were dropped: %s",
                stream.name,
                ", ".join(sorted(result.unknown)),
            )
        if result.unreadable:
            fields = ", ".join(sorted(result.unreadable))
            stream.remarks.append(f"unreadable values were left empty in {fields}")
        for remark in stream.remarks:
            stream.logger.warning("%s: %s", stream.name, remark)
        return "; ".join(stream.remarks) or None
