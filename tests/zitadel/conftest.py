"""What most modules of this folder test with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zitadel.runs import serve, small

if TYPE_CHECKING:
    from sandbox.company import Company
    from sandbox.server import Sandbox


@pytest.fixture
def company() -> Company:
    """With at least three rows for each stream, and with each kind of value."""
    return small()


@pytest.fixture
def sandbox(running: Sandbox, company: Company) -> Sandbox:
    """An instance of that company, in a sandbox that is the module's."""
    return serve(running, company)
