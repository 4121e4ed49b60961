"""The forms in which Kinde writes a moment; which one depends on the field."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_EAST = timezone(timedelta(hours=11))


def precise(moment: datetime | None) -> str | None:
    """`2025-02-12T18:02:23.614638+00:00`; zeros at the end of the fraction are left out."""
    return None if moment is None else _precise(moment.astimezone(timezone.utc)) + "+00:00"


def precise_east(moment: datetime | None) -> str | None:
    """`2024-11-18T13:32:07.22538+11:00`; zeros at the end of the fraction are left out."""
    return None if moment is None else _precise(moment.astimezone(_EAST)) + "+11:00"


def short_east(moment: datetime | None) -> str | None:
    """`2024-11-18T13:32:03+11`: whole seconds, and an offset without minutes."""
    return None if moment is None else f"{moment.astimezone(_EAST):%Y-%m-%dT%H:%M:%S}+11"


def zulu(moment: datetime | None) -> str | None:
    """`2021-01-01T00:00:00Z`: whole seconds."""
    return None if moment is None else f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%S}Z"


def read(text: str) -> datetime:
    """A moment in any of these forms, or with an offset like `+0000`."""
    text = text.replace("Z", "+00:00")
    # Python 3.10 reads neither `+11` and `+0000` nor five digits of a fraction.
    text = re.sub(r"(:.*[+-]\d\d):?(\d\d)?$", lambda m: f"{m[1]}:{m[2] or '00'}", text)
    text = re.sub(r"\.\d+", lambda m: f"{m[0]:0<7}"[:7], text)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _precise(moment: datetime) -> str:
    fraction = f".{moment.microsecond:06}".rstrip("0").rstrip(".")
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}"
