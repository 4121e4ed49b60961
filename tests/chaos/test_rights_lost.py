"""Rights that are lost midway, while totals go on to fit: nothing that is read after is complete.

There is no state of an earlier run, so that the shrink guard has nothing to compare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.faults import ChaosFault
from tests.chaos.trial import assert_right, disturbed
from tests.chaos.vendors import Zitadel

if TYPE_CHECKING:
    from tests.chaos.injection import Delivered, InjectionPoint

FIRST = "/domains/search", "/v2/users?", "/ListApplications?", "/v2/users/pats/search"
LOST = [
    *(("tap-kinde", path, 0, 0) for path in ("/users?", "/roles?", "/connections?")),
    *(("tap-logto", path, 0, 0) for path in ("/api/users?", "/api/organizations?")),
    # The first request is the preflight's, the third for the second page.
    *(("tap-rudderstack", path, skip, how) for path, skip, how in (
        ("/Users?", 1, 0), ("/Users?", 2, 1), ("/Groups?", 0, 2),
    )),
    *(("tap-zitadel", path, 0, how) for path in FIRST for how in range(4)),
]  # fmt: skip
"""The request at which it happens, so many after the first, and in which way."""


@pytest.mark.parametrize(("tap", "path", "skip", "how"), LOST)
def test_nothing_that_is_read_later_is_complete_with_less(
    tap: str, path: str, skip: int, how: int
) -> None:
    """ZITADEL: without any role (1, 3), or with one of some organizations (0, 2); from 2 on with
    the feature permissionCheckV2, which filters more."""

    def lose(point: InjectionPoint) -> Delivered:
        vendor = point.vendor
        if isinstance(vendor, Zitadel):
            vendor.sandbox.zitadel_server.permission_check_v2 = how > 1
        fault = vendor.faulty.fault(path, skip=skip, times=1, call=lambda: vendor.filter(how))
        return lambda: fault.delivered

    outcome = disturbed(tap, ChaosFault("a right lost", lose))
    assert_right(outcome, passes=False)
