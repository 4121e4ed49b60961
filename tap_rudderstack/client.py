"""What is peculiar to SCIM 2.0 servers (RFC 7643, RFC 7644): paging, names, errors."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from singer_sdk.schema.source import StreamSchema
from typing_extensions import override

from identity_sdk.errors import AccessDenied, ApiError
from identity_sdk.exchange import Item, Request, Response
from identity_sdk.form import Schemas
from identity_sdk.paging import IndexPaging, Page
from identity_sdk.stream import IdentityStream
from identity_sdk.values import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterable

    from identity_sdk.client import Client
    from identity_sdk.paging import Pager
    from tap_rudderstack.tap import TapRudderStack

ADVICE = {
    401: "Check `service_access_token`: it must be an organization-level service access token "
    "of this organization; a workspace-level token cannot read SCIM.",
    403: "SCIM may not be enabled for the organization (ask RudderStack's support), or "
    "`service_access_token` is not an organization-level token.",
}
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user"
DEFAULT_PAGE_SIZE = 100


class ScimStream(IdentityStream):
    """A stream of SCIM resources."""

    schema = StreamSchema(Schemas(Path(__file__).parent / "schemas"))

    @property
    @override
    def tap(self) -> TapRudderStack:
        return cast("TapRudderStack", self._tap)

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
            key=resource_id,
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
        self._client.get(Request("/Users", {"startIndex": 1, "count": 1}))

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
    items = [item for item in resources or () if isinstance(item, dict)]
    return Page(items, total if isinstance(total, int) and total >= 0 else None)


def resource_id(item: Item) -> str | None:
    """The id of a resource; also where a server sends a number."""
    value = lower(item).get("id")
    return None if value in (None, "") else str(value)


def lower(value: Any) -> Item:
    """An object with its names in lower case: they are case-insensitive (RFC 7643 §2.1)."""
    return {str(k).lower(): v for k, v in value.items()} if isinstance(value, dict) else {}


def multi_valued(value: Any) -> list[Item] | None:
    """A multi-valued attribute (RFC 7643 §2.4) as a list of objects in snake_case.

    Servers also send plain strings, or one object instead of a list.
    """
    if value is None:
        return None
    values = value if isinstance(value, list) else [value]
    return [
        {_sub_name(k): v for k, v in each.items()} if isinstance(each, dict) else {"value": each}
        for each in values
        if each is not None
    ]


_CAMEL = {name.lower(): snake_case(name) for name in ("streetAddress", "postalCode")}


def _sub_name(name: str) -> str:
    return _CAMEL.get(name.lower(), name.lower().lstrip("$"))


def common(item: Item, names: Iterable[tuple[str, str]]) -> Item:
    """The columns that all resources have, plus those listed as (attribute, column).

    Extensions (RFC 7643 §3.3) other than the enterprise user's are kept as they are.
    """
    attributes = lower(item)
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
        row[column] = attributes.pop(attribute.lower(), None)
    extensions = {name: value for name, value in item.items() if ":" in name}
    row["extensions"] = {k: v for k, v in extensions.items() if k.lower() != ENTERPRISE} or None
    for name in extensions:
        attributes.pop(name.lower(), None)
    # What is left is not known here; the shared layer counts and names it.
    row.update({snake_case(k): v for k, v in attributes.items()})
    return row
