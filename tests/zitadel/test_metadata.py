"""Values of metadata, which ZITADEL tells in base64."""

from __future__ import annotations

import pytest

from tap_zitadel.proto import decoded


@pytest.mark.parametrize(
    ("sent", "value"),
    [("YcO8", "aü"), ("AGEA", "a"), ("/w==", "/w=="), ("no base64", "no base64"), (None, None)],
)
def test_values_of_metadata_are_text_that_a_warehouse_takes(
    sent: str | None, value: str | None
) -> None:
    assert decoded(sent) == value
