"""Writing of Singer messages to standard output."""

from __future__ import annotations

import errno
import os
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, Raw, Struct, UnsetType
from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder
from singer_sdk.singerlib.encoding import SingerMessageType
from typing_extensions import override

from identity_sdk.errors import LoaderGone

if TYPE_CHECKING:
    from singer_sdk.singerlib.encoding.simple import Message


class PageWriter(MsgSpecWriter):
    """Buffers messages and writes them in blocks of whole lines.

    One write per record would cost more than everything else that is done with it.
    """

    _BLOCK = 2**16

    def __init__(self) -> None:
        super().__init__()
        self._lines = bytearray()

    @override
    def write_message(self, message: Message) -> None:
        self._lines += self.format_message(message)
        if len(self._lines) >= self._BLOCK or message.type is SingerMessageType.STATE:
            self.flush()

    def write_records(
        self, stream: str, version: int | None, records: list[dict[str, Any]]
    ) -> None:
        """Write a page of records as RECORD messages with the same `time_extracted`.

        What precedes and follows the record is encoded once, and put around each in one call: a
        line feed within JSON is always escaped (RFC 8259 §7).
        """
        told = UNSET if version is None else version
        now = datetime.now(timezone.utc)
        message = encoder.encode(_Line(stream, Raw(b"\n"), told, now))
        before, after = message.split(b"\n")
        lines = encoder.encode_lines(records).replace(b"\n", after + b"\n" + before)
        if lines:
            self._lines += before + lines[: -len(before)]
        if len(self._lines) >= self._BLOCK:
            self.flush()

    def flush(self) -> None:
        """Write out all buffered lines.

        Raises:
            LoaderGone: The loader has closed the pipe.
        """
        lines, self._lines = self._lines, bytearray()
        try:
            _write_all(lines)
            sys.stdout.flush()
        except OSError as error:
            # On Windows, writing to a closed pipe fails with EINVAL.
            if error.errno not in (errno.EPIPE, errno.EINVAL):
                raise
            # Python would flush again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise LoaderGone("the loader closed the pipe; see the loader's log") from None


class _Line(Struct, tag_field="type", tag="RECORD", gc=False):
    """A RECORD message, in the order in which singer_sdk writes its parts."""

    stream: str
    record: Raw
    version: int | UnsetType
    time_extracted: datetime


def _write_all(lines: bytearray) -> None:
    """Write everything to standard output, even if it is a raw file.

    With PYTHONUNBUFFERED, usual in containers, it is: a write that a signal interrupts is then
    partial, without an error (write(2)).
    """
    left = memoryview(lines)
    while left:
        sent = sys.stdout.buffer.write(left)
        if sent is None:
            raise BlockingIOError(errno.EAGAIN, "standard output is non-blocking, and full")
        left = left[sent:]
