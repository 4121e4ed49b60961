"""Logto-specific: the Management API's paging, totals, errors, versions."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk.schema.source import StreamSchema
from typing_extensions import override

from identity_sdk import (
    AccessDenied,
    ApiError,
    ErrorMapping,
    IdentityStream,
    Item,
    Meaning,
    NotFound,
    OffsetPaging,
    Order,
    Page,
    Pager,
    Rejected,
    Request,
    Response,
    Schemas,
    epoch_seconds,
    in_memory,
    stated_total,
    take,
)
from tap_logto.shards import Shards

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_logto.tap import TapLogto

MANAGEMENT_API = "the Management API"
"""The permission that all streams need; Logto has no finer ones."""
MOST_ROWS = 100
"""The largest page size; a larger one returns 400."""

ROLE = (
    "Give the machine-to-machine application a role with the permission `all` of the Logto "
    "Management API, such as the built-in role `Logto Management API access`. If it has that, "
    "check `resource`."
)
_CREDENTIALS = (
    "Check `client_id` and `client_secret`: they belong to an application of the type "
    "machine-to-machine of this tenant, and the secret must not have expired."
)
RESOURCE = (
    "Check `resource`: on Logto Cloud it is https://TENANT-ID.logto.app/api, also with a custom "
    "domain; on a self-hosted server https://default.logto.app/api, without a trailing slash."
)
_BASE_URL_HINT = "Check `base_url`: it is the tenant's URL, without a path."
_MEANINGS: Mapping[str, Meaning] = {
    "oidc.invalid_client": (AccessDenied, _CREDENTIALS),
    "oidc.invalid_request": (AccessDenied, _CREDENTIALS),
    "oidc.invalid_target": (Rejected, RESOURCE),
    "auth.exceed_token_limit": (
        ApiError,
        "The tenant has used up its plan's monthly token quota; waiting does not help.",
    ),
    "subscription.tenant_suspended": (AccessDenied, "The tenant is suspended."),
}


def _judge(status: int, body: Any) -> Meaning | None:
    error = body if isinstance(body, dict) else {}
    data = error.get("data")
    if isinstance(data, dict) and data.get("claim") == "aud":
        return AccessDenied, RESOURCE
    if status in (404, 405) and "code" not in error:
        return NotFound, _BASE_URL_HINT
    return _MEANINGS.get(str(error.get("code")))


ERROR_MAPPING = ErrorMapping(
    codes=("code",),
    request_ids=("logto-core-request-id",),
    advice={200: _BASE_URL_HINT, 401: _CREDENTIALS, 403: ROLE},
    classify=_judge,
)


SCHEMAS = Schemas(Path(__file__).parent / "schemas")


class LogtoStream(IdentityStream):
    """A stream of this tap.

    Attributes:
        paged: Whether its endpoint always pages; others return all rows in one consistent SELECT if
            no page is requested.
        params: Query parameters other than paging.
        identity: The key field of items.
        order: The order of rows; usually none is guaranteed.
        since_version: The first Logto version with the endpoint, if not all have it.
    """

    schema = StreamSchema(SCHEMAS)
    permission = MANAGEMENT_API
    paged: ClassVar[bool] = False
    params: ClassVar[Mapping[str, str]] = {}
    identity: ClassVar[str] = "id"
    order: ClassVar[Order] = Order.UNKNOWN
    since_version: ClassVar[str | None] = None

    @classmethod
    def fields(cls) -> frozenset[str]:
        """All known columns of its items, for streams whose items repeat them."""
        columns: dict[str, Any] = SCHEMAS.get_schema(cls.name)["properties"]
        return cls.ignored_fields | columns.keys()

    @property
    @override
    def tap(self) -> TapLogto:
        return cast("TapLogto", self._tap)

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        return self.numbered(path).pager() if self.paged else self._at_once(path)

    def numbered(self, path: str) -> OffsetPaging:
        """The listing at a path, with numbered pages.

        Page numbers are computed here: the URLs in the `Link` header lack `/api`, and following
        them returns a web page.
        """
        return self.offset_paging(
            lambda offset, size: Request(
                path, {"page": offset // size + 1, "page_size": size, **self.params}
            ),
            read_page,
            self.page_size,
            order=self.order,
        )

    @override
    def made_at(self, item: Item) -> float | None:
        return epoch_seconds(item.get("createdAt"))

    @override
    def key(self, item: Item) -> Any:
        return item.get(self.identity)

    def items(self, response: Response) -> list[Item]:
        """The items in a response."""
        return read_page(response).items

    @property
    def page_size(self) -> int:
        return min(self.config.get("page_size") or MOST_ROWS, MOST_ROWS)

    def _at_once(self, path: str) -> Pager:
        yield Request(path, self.params)
        response = yield from take()
        items = self.items(response)
        total, unreadable = stated_total(response.headers.get("total-number"))
        if unreadable or (total is not None and total > len(items)):  # It pages nevertheless.
            return (yield from self.numbered(path).pager())
        return (yield from in_memory(items, self.key, self.emitted))

    @override
    def unsupported(self, error: ApiError) -> str | None:
        # The 404 of a missing resource has a code, that of a missing endpoint has none.
        if self.since_version is None or error.status != 404 or _has_code(error.body):
            return None
        return f"not supported by this Logto version; requires {self.since_version} or newer"


class SearchedStream(LogtoStream):
    """A listing of users: if walks do not prove it complete, it is read in searches by id.

    It is sorted by creation time only, so that users who were imported together move between pages:
    measured, 250 users with one timestamp were returned as 234.
    """

    order = Order.NEWEST_FIRST

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        paging = self.numbered(path)
        paging.walks = 3
        result = yield from paging.pager()
        if result.incomplete is None:
            return result
        self.logger.info(
            "%s: %s; searching by the first characters of ids instead", path, result.incomplete
        )
        window = self.run.client.concurrency
        shards = Shards(path, read_page, self.key, self.page_size, window, paging.seen)
        return (yield from shards.pager(result))


def read_page(response: Response) -> Page:
    """A page of any listing.

    Raises:
        ApiError: The response is not a listing.
    """
    body = response.body
    if not isinstance(body, list):
        raise ApiError("The response is not a listing of Logto's Management API. Check `base_url`.")
    items = [item if isinstance(item, dict) else {} for item in body]
    return Page.of(items, response.headers.get("total-number"))


def the_object(response: Response) -> Item:
    """The object in a response.

    Raises:
        ApiError: The response is not an object.
    """
    if not isinstance(response.body, dict):
        raise ApiError("The response is not an object of Logto's Management API. Check `base_url`.")
    return response.body


def _has_code(error: Any) -> bool:
    return isinstance(error, dict) and error.get("code") is not None


def fingerprint(secret: Any) -> str | None:
    """A hash of a value that must not be known but has to be recognised.

    Whoever knows the value itself, such as a session id, could act as that session.
    """
    return hashlib.sha256(str(secret).encode()).hexdigest()[:32] if secret else None
