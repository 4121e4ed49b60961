"""What is peculiar to SCIM 2.0 servers (RFC 7643, RFC 7644) and to RudderStack's audit logs."""

from __future__ import annotations

import contextlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

from singer_sdk.schema.source import StreamSchema
from typing_extensions import override

from identity_sdk.dialect import Dialect
from identity_sdk.errors import AccessDenied, ApiError, Incomplete
from identity_sdk.exchange import Item, Request, Response
from identity_sdk.form import Schemas
from identity_sdk.index_paging import IndexPaging
from identity_sdk.paging import CursorPaging, Page
from identity_sdk.stream import IdentityStream
from identity_sdk.values import boolean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from identity_sdk.client import Client
    from identity_sdk.paging import Pager
    from tap_rudderstack.tap import TapRudderStack

PLACE = "Check `scim_base_url` and `api_base_url`."
DIALECT = Dialect(
    codes=("scimType", "code", "error"),
    advice={
        200: PLACE,
        404: PLACE,
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
    def scope(self) -> tuple[str, ...]:
        workspace = self.config.get("workspace_id")
        return (self.tap.api_base_url, *([f"workspace {workspace}"] if workspace else []))

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        return CursorPaging(
            request=lambda cursor: audit_request(self.tap, path, cursor, self.since()),
            read=read_audit_page,
            key=lambda item: item.get("id"),
        ).walk()


class ScimStream(RudderStackStream):
    """A stream of SCIM resources."""

    permission = SCIM

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        return IndexPaging(
            request=lambda start, count, ordered: Request(
                path,
                {
                    "startIndex": start,
                    "count": count,
                    "sortBy": "id" if ordered else None,
                    **self.params,
                },
            ),
            read=read_page,
            key=lambda item: item.get("id"),
            page_size=self.config.get("page_size") or DEFAULT_PAGE_SIZE,
            window=self.tap.client.concurrency,
            ordered=self.tap.features.sort,
            lighten=self.lighten,
        ).walk()

    @property
    def params(self) -> dict[str, str]:
        """Query parameters beyond paging."""
        return {}

    def lighten(self) -> bool:
        """Ask for less of each resource from now on, if that is possible."""
        return False


class Features:
    """What a server says it can do (RFC 7643 §5). Servers lie, so it is only a hint."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def prove_access(self) -> None:
        """Read one user.

        Raises:
            AccessDenied: The token is not accepted.
            ApiError: The server cannot be reached, or is no SCIM server.
        """
        read_page(self._client.get(Request("/Users", {"startIndex": 1, "count": 1})))

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
        """Whether the server says that it can sort."""
        return lower(self.config.get("sort")).get("supported") is True


def audit_request(
    tap: TapRudderStack, path: str, cursor: str | None = None, since: str | None = None
) -> Request:
    """A page of audit logs, at most 100 rows."""
    params = {
        "per_page": min(tap.config.get("page_size") or 100, 100),
        "workspace_id": tap.config.get("workspace_id"),
        "created_after": since,
        "after_cursor": cursor,
    }
    return Request(path, params, base=tap.api_base_url)


def read_audit_page(response: Response) -> tuple[Page, str | None]:
    """A page of audit logs, and the cursor out of `paging.next`.

    Nothing else is taken from that URL: it is not followed.

    Raises:
        ApiError: The response is no page of audit logs.
        Incomplete: The next page has no cursor.
    """
    body = response.body if isinstance(response.body, dict) else {}
    rows, paging = body.get("data"), body.get("paging")
    if not isinstance(rows, list):
        raise ApiError("The response is no page of audit logs. Check `api_base_url`.")
    paging = paging if isinstance(paging, dict) else {}
    page = Page([row if isinstance(row, dict) else {} for row in rows], paging.get("total"))
    if not (url := paging.get("next")):
        return page, None
    cursor = parse_qs(urlsplit(str(url)).query).get("after_cursor", [""])[0]
    if not cursor:
        raise Incomplete("a page named a next one without a cursor")
    return page, cursor


def read_page(response: Response) -> Page:
    """A page out of a ListResponse (RFC 7644 §3.4.2).

    Raises:
        ApiError: The response is no ListResponse.
    """
    body = lower(response.body)
    total, resources = body.get("totalresults"), body.get("resources")
    if "totalresults" not in body and "resources" not in body:
        raise ApiError("The response is no SCIM ListResponse. Check `scim_base_url`.")
    # Absent or null where there are none.
    items = [resource(each) for each in resources or ()]
    return Page(items, total if isinstance(total, int) and total >= 0 else None)


def resource(value: Any) -> Item:
    """A resource with its attribute names in lower case, and its id as a string.

    Also where a server sends a number for an id.
    """
    item = lower(value)
    if item.get("id") not in (None, ""):
        item["id"] = str(item["id"])
    else:
        item.pop("id", None)
    return item


def lower(value: Any) -> Item:
    """An object with its attribute names, which have no case (RFC 7643 §2.1), in lower case.

    The names of extensions stay as they are.
    """
    if not isinstance(value, dict):
        return {}
    return {name if ":" in name else name.lower(): each for name, each in value.items()}


def multi_valued(value: Any) -> list[Item] | None:
    """A multi-valued attribute (RFC 7643 §2.4) as a list of objects in snake_case.

    Servers also send plain strings, or one object instead of a list.
    """
    if value is None:
        return None
    values = value if isinstance(value, list) else [value]
    return [_sub_attributes(each) for each in values if each is not None]


_SUB_NAMES = {"$ref": "ref", "streetaddress": "street_address", "postalcode": "postal_code"}


def _sub_attributes(value: Any) -> Item:
    if not isinstance(value, dict):
        return {"value": value}
    named = {_SUB_NAMES.get(name, name): each for name, each in lower(value).items()}
    if "primary" in named:
        with contextlib.suppress(ValueError):
            named["primary"] = boolean(named["primary"])
    return named


def common(item: Item, names: Iterable[tuple[str, str]]) -> Item:
    """The columns that all resources have, plus those listed as (attribute, column).

    Extensions (RFC 7643 §3.3) other than the enterprise user's are kept as they are.
    """
    attributes = dict(item)
    meta = lower(attributes.pop("meta", None))
    row: Item = {
        "id": attributes.pop("id", None),
        "external_id": attributes.pop("externalid", None),
        "schemas": attributes.pop("schemas", None),
        "meta_created": meta.get("created"),
        "meta_last_modified": meta.get("lastmodified"),
        "meta_version": meta.get("version"),
        "meta_location": meta.get("location"),
        "meta_resource_type": meta.get("resourcetype"),
    }
    for attribute, column in names:
        row[column] = attributes.pop(attribute, None)
    extensions = {name: value for name, value in item.items() if ":" in name}
    row["extensions"] = {k: v for k, v in extensions.items() if k.lower() != ENTERPRISE} or None
    # What is left is not known here; the shared layer counts and names it.
    row.update({name: value for name, value in attributes.items() if name not in extensions})
    return row
