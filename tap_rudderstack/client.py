"""SCIM-specific (RFC 7643, RFC 7644), and RudderStack's audit logs."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

from singer_sdk.schema.source import StreamSchema
from typing_extensions import override

from identity_sdk import (
    AccessDenied,
    ApiError,
    Client,
    ColumnMap,
    CursorPaging,
    ErrorMapping,
    IdentityStream,
    Incomplete,
    Item,
    Page,
    Pager,
    Request,
    Response,
    Schemas,
    TooLarge,
    boolean,
    epoch_seconds,
    flatten,
    moment,
    timestamp,
)

if TYPE_CHECKING:
    from tap_rudderstack.tap import TapRudderStack

BASE_URL_HINT = "Check `scim_base_url` and `api_base_url`."
ERROR_MAPPING = ErrorMapping(
    codes=("scimType", "code", "error"),
    advice={
        200: BASE_URL_HINT,
        404: BASE_URL_HINT,
        401: "Check `service_access_token`: it must be an organization-level service access token "
        "of this organization; a workspace-level token can read neither SCIM nor audit logs.",
        403: "SCIM (or, for audit logs, the Enterprise plan) may not be enabled for the "
        "organization: ask RudderStack's support. Or `service_access_token` is not a token of the "
        "organization.",
    },
)
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user"
DEFAULT_PAGE_SIZE = 100
AUDIT_PATH = "/v2/audit-logs"


SCIM, AUDIT_LOGS = "SCIM", "the audit logs"
"""The permissions that streams need."""


class RudderStackStream(IdentityStream):
    """A stream of this tap."""

    schema = StreamSchema(Schemas(Path(__file__).parent / "schemas"))

    @property
    @override
    def tap(self) -> TapRudderStack:
        return cast("TapRudderStack", self._tap)


class AuditStream(RudderStackStream):
    """A stream of RudderStack's Audit Logs API."""

    permission = AUDIT_LOGS

    @property
    @override
    def coverage(self) -> tuple[str, ...]:
        workspace = self.config.get("workspace_id")
        return (self.tap.api_base_url, *([f"workspace {workspace}"] if workspace else []))

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        return CursorPaging(
            request=lambda cursor: audit_request(self.tap, path, cursor, self.since()),
            read=self._page,
            key=lambda item: item.get("id"),
            seen=self.seen_keys(),
        ).pager()

    def _page(self, response: Response) -> tuple[Page, str | None]:
        page, cursor = read_audit_page(response)
        # Whether the total includes rows older than `created_after` is not documented.
        return (Page(page.items) if self.since() else page), cursor


class ScimStream(RudderStackStream):
    """A stream of SCIM resources."""

    permission = SCIM

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        sort = "id" if self.tap.features.sort else None

        def adjust(error: ApiError, passed: int) -> bool:
            nonlocal sort
            if sort and not passed:
                self.logger.info("The server refuses to sort (%s); reading without sorting", error)
                sort = None
                return True
            too_much = isinstance(error, TooLarge) or (error.status or 0) >= 500
            return too_much and self.reduce_payload()

        return self.offset_paging(
            lambda offset, size: Request(
                path, {"startIndex": offset + 1, "count": size, "sortBy": sort, **self.params}
            ),
            read_page,
            self.config.get("page_size") or DEFAULT_PAGE_SIZE,
            any_offset=True,
            honours_size=False,
            walks=4,
            slack=1000,
            adjust=adjust,
        ).pager()

    @override
    def made_at(self, item: Item) -> float | None:
        return epoch_seconds(lower(item.get("meta")).get("created"))

    @property
    def params(self) -> dict[str, str]:
        """Query parameters other than paging."""
        return {}

    def reduce_payload(self) -> bool:
        """Request fewer attributes from now on, if that is possible."""
        return False


class Features:
    """What a server claims to support (RFC 7643 §5). Such claims can be wrong, so they are only
    hints."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def prove_access(self) -> int | None:
        """Read one user; return the total number of users.

        Raises:
            AccessDenied: The token is not accepted.
            ApiError: The server cannot be reached, or is not a SCIM server.
        """
        return read_page(self._client.get(Request("/Users", {"startIndex": 1, "count": 1}))).total

    def groups_are_readable(self) -> bool:
        """Whether one group can be read."""
        try:
            read_page(self._client.get(Request("/Groups", {"startIndex": 1, "count": 1})))
        except ApiError:
            return False
        return True

    @cached_property
    def config(self) -> Item:
        try:
            return lower(self._client.get(Request("/ServiceProviderConfig")).body)
        except AccessDenied:
            raise
        except ApiError:
            return {}  # Some servers have no discovery endpoints.

    @property
    def sort(self) -> bool:
        """Whether the server claims to support sorting."""
        return lower(self.config.get("sort")).get("supported") is True


def audit_request(
    tap: TapRudderStack, path: str, cursor: str | None = None, since: str | None = None
) -> Request:
    """A page of audit logs, at most 100 rows."""
    params = {
        "per_page": min(tap.config.get("page_size") or 100, 100),
        "workspace_id": tap.config.get("workspace_id"),
        # One second earlier: whether the time itself is included is not documented.
        "created_after": since and timestamp((moment(since) - timedelta(seconds=1)).isoformat()),
        "after_cursor": cursor,
    }
    return Request(path, params, base=tap.api_base_url)


def read_audit_page(response: Response) -> tuple[Page, str | None]:
    """A page of audit logs, and the cursor in `paging.next`.

    Nothing else of that URL is used, and it is not followed.

    Raises:
        ApiError: The response is not a page of audit logs.
        Incomplete: The next page has no cursor.
    """
    body = response.body if isinstance(response.body, dict) else {}
    rows, paging = body.get("data"), body.get("paging")
    if not isinstance(rows, list):
        raise ApiError("The response is not a page of audit logs. Check `api_base_url`.")
    paging = paging if isinstance(paging, dict) else {}
    page = Page.of([row if isinstance(row, dict) else {} for row in rows], paging.get("total"))
    if not (url := paging.get("next")):
        return page, None
    cursor = parse_qs(urlsplit(str(url)).query).get("after_cursor", [""])[0]
    if not cursor:
        raise Incomplete("`paging.next` has no cursor")
    return page, cursor


def read_page(response: Response) -> Page:
    """The page in a ListResponse (RFC 7644 §3.4.2).

    Raises:
        ApiError: The response is not a ListResponse.
    """
    body = lower(response.body)
    total, resources = body.get("totalresults"), body.get("resources")
    if resources is None:  # if there are none
        resources = [] if body.keys() & {"totalresults", "resources"} else None
    if not isinstance(resources, list):
        raise ApiError("The response is not a SCIM ListResponse. Check `scim_base_url`.")
    return Page.of([resource(each) for each in resources], total)


def resource(value: Any) -> Item:
    """A resource with its attribute names in lower case, and its id as a string.

    Some servers send a number as the id.
    """
    item = lower(value)
    if item.get("id") not in (None, ""):
        item["id"] = str(item["id"])
    else:
        item.pop("id", None)
    return item


def lower(value: Any) -> Item:
    """An object with its attribute names, which are case-insensitive (RFC 7643 §2.1), in lower
    case.

    Names of extensions are kept, except the enterprise user's. If a server sends one name in two
    spellings with two values, the second keeps its spelling, so that it counts as an unknown
    attribute.
    """
    if not isinstance(value, dict):
        return {}
    lowered = {_lower_name(name): each for name, each in value.items()}
    if len(lowered) == len(value):
        return lowered
    lowered = {}
    for name, each in sorted(value.items(), key=lambda pair: pair[0] != _lower_name(pair[0])):
        first = lowered.setdefault(_lower_name(name), each)
        if first is None:
            lowered[_lower_name(name)] = each
        elif each is not None and each != first:
            lowered[name] = each
    return lowered


def _lower_name(name: str) -> str:
    lowered = name.lower()
    return lowered if ":" not in name or lowered == ENTERPRISE else name


def multi_valued(value: Any) -> list[Item] | None:
    """A multi-valued attribute (RFC 7643 §2.4) as a list of objects in snake_case.

    Some servers send plain strings, or one object instead of a list.
    """
    if value is None:
        return None
    values = value if isinstance(value, list) else [value]
    return [_sub_attributes(each) for each in values if each is not None]


_SUB_NAMES = {"$ref": "ref", "streetaddress": "street_address", "postalcode": "postal_code"}


def _sub_attributes(value: Any) -> Item:
    if not isinstance(value, dict):
        return {"value": value}
    attributes = lower(value)
    renamed = {old: new for old, new in _SUB_NAMES.items() if new not in attributes}
    named = {renamed.get(name, name): each for name, each in attributes.items()}
    if "primary" in named:
        with contextlib.suppress(ValueError):
            named["primary"] = boolean(named["primary"])
    return named


RESOURCE: ColumnMap = {
    "id": "id",
    "externalid": "external_id",
    "displayname": "display_name",
    "schemas": "schemas",
    "meta": {
        "created": "meta_created",
        "lastmodified": "meta_last_modified",
        "version": "meta_version",
        "location": "meta_location",
        "resourcetype": "meta_resource_type",
    },
}
"""The columns of all resources."""


def resource_row(item: Item, columns: ColumnMap) -> Item:
    """The row of a resource. Extensions (RFC 7643 §3.3) without columns are kept as a JSON
    object."""
    extensions = {k: v for k, v in item.items() if ":" in k and k not in columns}
    attributes = {k: v for k, v in item.items() if k not in extensions}
    return {**flatten(attributes, columns, lower), "extensions": extensions or None}
