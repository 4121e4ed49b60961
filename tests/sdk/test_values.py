"""Values: timestamps, booleans, names, run ids."""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from identity_sdk.records.values import boolean, now, run_id, snake_case, timestamp, timestamps

FORM = "%Y-%m-%dT%H:%M:%S.%fZ"

# Timestamps


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-05-06T07:08:09Z", "2024-05-06T07:08:09.000000Z"),
        ("2024-05-06t07:08:09z", "2024-05-06T07:08:09.000000Z"),
        ("2024-05-06T07:08:09+11", "2024-05-05T20:08:09.000000Z"),
        ("2024-05-06T07:08:09+1100", "2024-05-05T20:08:09.000000Z"),
        ("2024-05-06T07:08:09+11:00", "2024-05-05T20:08:09.000000Z"),
        ("2024-05-06 07:08:09 -03:30", "2024-05-06T10:38:09.000000Z"),
        ("2024-05-06T07:08:09-00:00", "2024-05-06T07:08:09.000000Z"),
        ("2024-05-06T07:08:09.12345Z", "2024-05-06T07:08:09.123450Z"),
        ("2024-05-06T07:08:09.123456789Z", "2024-05-06T07:08:09.123456Z"),
        ("2024-05-06T07:08:09.1234567890123Z", "2024-05-06T07:08:09.123456Z"),
        ("2024-05-06T07:08:09,5+00:00", "2024-05-06T07:08:09.500000Z"),
        ("2024-05-06T07:08:09", "2024-05-06T07:08:09.000000Z"),
        ("2024-05-06T07:08", "2024-05-06T07:08:00.000000Z"),
        ("2024-05-06", "2024-05-06T00:00:00.000000Z"),
        (" 2024-05-06T07:08:09Z\n", "2024-05-06T07:08:09.000000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),
        ("2016-12-31T23:59:60.25Z", "2017-01-01T00:00:00.250000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
        (0, "1970-01-01T00:00:00.000000Z"),
        (1714979289, "2024-05-06T07:08:09.000000Z"),
        (1714979289123, "2024-05-06T07:08:09.123000Z"),
        (1714979289123456, "2024-05-06T07:08:09.123456Z"),
        (Decimal("1714979289.123456"), "2024-05-06T07:08:09.123456Z"),
        (Decimal("1714979289.1234567899999999999999999"), "2024-05-06T07:08:09.123456Z"),
        (1714979289.5, "2024-05-06T07:08:09.500000Z"),
        (Decimal("1.714979289E+9"), "2024-05-06T07:08:09.000000Z"),
        (-1, "1969-12-31T23:59:59.000000Z"),
        (-1714979289123, "1915-08-28T16:51:50.877000Z"),
        (99_999_999_999, "5138-11-16T09:46:39.000000Z"),
        (100_000_000_000, "1973-03-03T09:46:40.000000Z"),
    ],
)
def test_a_timestamp_is_brought_into_one_form(value: Any, expected: str) -> None:
    assert timestamp(value) == expected
    assert timestamp(expected) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "never",
        "1714979289",
        "2024",
        "2024-05",
        "20240506",
        "2024-5-6",
        "2024-02-30",
        "2024-13-01",
        "0000-01-01",
        "10000-01-01",
        "-2024-05-06",
        "2024-05-06T",
        "2024-05-06Z",
        "2024-05-06T07",
        "2024-05-06T24:00:00Z",
        "2024-05-06T07:60:00Z",
        "2024-05-06T07:08:61Z",
        "2024-05-06T07:08:09.Z",
        "2024-05-06T07:08:09Z+01:00",
        "2024-05-06T07:08:09 UTC",
        "2024-05-06T07:08:09+1",
        "٢٠٢٤-05-06T07:08:09Z",
        "2024-05-06T07:08:09Z\x00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "9999-12-31T23:59:60Z",
        True,
        False,
        None,
        b"2024-05-06",
        [],
        {},
        float("nan"),
        float("inf"),
        Decimal("-Infinity"),
        Decimal("sNaN"),
        10**18,
        -(10**18),
        1e300,
        10**5000,
    ],
    ids=lambda value: str(value)[:30] if not isinstance(value, int) else "number",
)
def test_what_is_no_timestamp_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        timestamp(value)


@pytest.mark.parametrize("number", ["1E+200000", "-1E+200000", "1E+999999"])
def test_a_number_of_absurd_size_is_refused_quickly(number: str) -> None:
    """Larger exponents took minutes and gigabytes."""
    began = time.process_time()
    with pytest.raises(ValueError, match="range"):
        timestamp(Decimal(number))
    assert time.process_time() - began < 0.4


@pytest.mark.parametrize("offset", ["+99:99", "-24:00", "+00:60", "+9900"])
def test_an_offset_that_no_clock_has_is_refused(offset: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        timestamp(f"2024-05-06T07:08:09{offset}")


_OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda m: timezone(timedelta(minutes=m)))


@settings(deadline=None)
@given(st.datetimes(timezones=_OFFSETS))
@example(datetime(1, 1, 1, 5, tzinfo=timezone.utc))
def test_every_moment_survives(moment: datetime) -> None:
    try:
        utc = moment.astimezone(timezone.utc)
    except OverflowError:
        with pytest.raises(ValueError, match="out of range"):
            timestamp(moment.isoformat())
        return
    text = timestamp(moment.isoformat())
    assert len(text) == 27
    assert text == timestamp(moment.isoformat(" ")) == timestamp(text)
    assert datetime.strptime(text, FORM).replace(tzinfo=timezone.utc) == utc


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(1973, 3, 4), max_value=datetime(5138, 1, 1)))
def test_every_epoch_survives_in_each_unit(moment: datetime) -> None:
    micros = (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    text = moment.isoformat(timespec="microseconds") + "Z"
    assert timestamp(Decimal(micros) / 10**6) == text
    assert timestamp(Decimal(micros) / 1000) == text
    if micros >= 10**14:
        assert timestamp(micros) == text


def test_now_is_now() -> None:
    moment = datetime.strptime(now(), FORM).replace(tzinfo=timezone.utc)
    assert abs((datetime.now(timezone.utc) - moment).total_seconds()) < 5


# Booleans and names


def test_booleans() -> None:
    for value in (True, "true", "True", " TRUE ", "1", 1, Decimal(1), "yes"):
        assert boolean(value) is True
    for value in (False, "false", "False", "0", 0, Decimal(0), "No"):
        assert boolean(value) is False


@pytest.mark.parametrize("value", ["", "t", "on", "2", 2, -1, 1.0, Decimal("0.5"), None, [], {}])
def test_what_is_no_boolean_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="boolean"):
        boolean(value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("displayName", "display_name"),
        ("x509Certificates", "x509_certificates"),
        ("userID", "user_id"),
        ("HTTPServer", "http_server"),
        ("getHTTPResponseCode", "get_http_response_code"),
        ("already_snake", "already_snake"),
        ("kebab-case name", "kebab_case_name"),
        ("urn:x", "urn_x"),
        ("urn:ietf:params:scim:2.0:User", "urn_ietf_params_scim_2_0_user"),
        ("$ref", "ref"),
        ("_private", "private"),
        ("A", "a"),
        ("mfaEnabled2FA", "mfa_enabled2_fa"),
        ("", ""),
    ],
)
def test_snake_case(name: str, expected: str) -> None:
    assert snake_case(name) == expected
    assert snake_case(expected) == expected


_FORMATS = ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d %H:%M:%S.%fZ", "%Y-%m-%d"]
_TEXTS = st.builds(
    lambda moment, form, cut: moment.strftime(form).replace("%04Y", "2024")[: 26 - cut] + "Z",
    st.datetimes(min_value=datetime(1000, 1, 1)),
    st.sampled_from(_FORMATS),
    st.integers(0, 8),
)
_MILLIS = st.integers(10**11 - 2, 10**11 + 2) | st.integers(10**11, 10**14 + 2)
_COLUMNS = (
    st.lists(_TEXTS, max_size=4)
    | st.lists(_MILLIS, max_size=4)
    | st.lists(_TEXTS | _MILLIS | st.sampled_from(["2024-02-30T00:00:00Z", "", None, True, 1.5]))
    | st.lists(st.sampled_from(["2024-05-06T07:08:09.123Z", "2024-05-06t07:08:09.123z"]))
)


@settings(max_examples=1000)
@given(_COLUMNS)
@example(["2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"])
@example(["2024-05-06T07:08:09.1Z", "2024-05-06T07:08:10.2Z"])
@example(["2024-05-06T07:08:09.1234567Z", "2024-05-06T07:08:09.7654321Z"])
@example(["2024-05-06T07:08:60Z", "2024-05-06T07:08:59Z"])
@example([1714979289123, 1714979289000])
def test_a_column_of_timestamps_is_what_its_values_are(column: list[Any]) -> None:
    try:
        expected = list(map(timestamp, column))
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011
            timestamps(column)
    else:
        assert timestamps(column) == expected


@settings(deadline=None)
@given(st.text(max_size=30))
def test_a_name_is_always_a_plain_column(name: str) -> None:
    column = snake_case(name)
    assert all(letter in "abcdefghijklmnopqrstuvwxyz0123456789_" for letter in column)
    assert snake_case(column) == column


# Run ids


def test_a_run_id_is_a_uuid_of_version_7() -> None:
    ids = [run_id() for _ in range(10_000)]
    assert len(set(ids)) == 10_000
    for text in ids:
        parsed = uuid.UUID(text)
        assert (str(parsed), parsed.version, parsed.variant) == (text, 7, uuid.RFC_4122)
    assert abs((uuid.UUID(ids[-1]).int >> 80) - time.time() * 1000) < 5000


def test_run_ids_sort_by_the_time_they_were_made() -> None:
    ids = []
    for _ in range(50):
        ids.append(run_id())
        time.sleep(0.002)
    assert ids == sorted(ids)
