"""Kinde-specific: the Management API's envelopes, paging, errors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk.schema.source import StreamSchema
from typing_extensions import override

from identity_sdk import (
    AccessDenied,
    ApiError,
    CursorPaging,
    ErrorMapping,
    IdentityStream,
    Incomplete,
    Item,
    ListingResult,
    Meaning,
    NotFound,
    Page,
    Pager,
    Request,
    Response,
    Schemas,
    TooLarge,
    epoch_seconds,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_kinde.tap import TapKinde

MOST_ROWS = 500
"""The largest page that the documentation allows."""

CREDENTIALS = (
    "Check `client_id` and `client_secret`: they belong to a machine-to-machine application of "
    "this environment."
)
BASE_URL_HINT = "Check `base_url`: it is https://SUBDOMAIN.kinde.com."
AUDIENCE = (
    "Check `audience`: it is https://SUBDOMAIN.kinde.com/api, also where the environment has a "
    "domain of its own. And authorize the application for the Kinde Management API."
)
_MEANINGS: Mapping[str, Meaning] = {
    "invalid_client": (AccessDenied, CREDENTIALS),
    "unauthorized_client": (AccessDenied, AUDIENCE),
    "invalid_request": (AccessDenied, AUDIENCE),
}


def the_error(body: Any) -> Any:
    """The object that describes an error: `errors` is a list, or with 404 an object."""
    errors = body.get("errors") if isinstance(body, dict) else None
    if isinstance(errors, list):
        return errors[0] if errors else {}
    return errors if isinstance(errors, dict) else body


def _judge(status: int, body: Any) -> Meaning | None:
    error = the_error(body)
    fields = error if isinstance(error, dict) else {}
    if status == 403 and (scope := re.search(r"\bread:[a-z_]+\b", str(fields.get("message")))):
        return AccessDenied, f"Grant the application the scope `{scope[0]}`."
    return _MEANINGS.get(str(fields.get("error") or fields.get("code")))


ERROR_MAPPING = ErrorMapping(
    error_object=the_error,
    advice={
        200: BASE_URL_HINT,
        401: CREDENTIALS,
        403: "The application lacks a scope of the Kinde Management API.",
    },
    classify=_judge,
)


_COUNTED = "next_token="
"""Prefix of cursors that are a `next_token`: these look like page numbers, so that rows shift if
one before them is deleted."""
_ALLOWED = dict.fromkeys(
    ("organizations.code", "organization_details.code"), "the id of an organization is its code"
)


class KindeStream(IdentityStream):
    """A stream of this tap.

    Attributes:
        records_key: The field of the response with the listing; None if the response is the record.
        params: Query parameters other than paging.
        identity: The key field of items.
        max_page_size: The largest page size; None for a response that is never paged.
        ends_on_empty: Whether only an empty page ends the listing.
    """

    schema = StreamSchema(Schemas(Path(__file__).parent / "schemas", _ALLOWED))
    records_key: ClassVar[str | None] = None
    params: ClassVar[Mapping[str, str]] = {}
    identity: ClassVar[str] = "id"
    max_page_size: ClassVar[int | None] = MOST_ROWS
    ends_on_empty: ClassVar[bool] = False

    def __init__(self, tap: TapKinde) -> None:
        super().__init__(tap)
        # The page size to start with; 0 where nothing is paged.
        self._rows = min(self.config.get("page_size") or MOST_ROWS, self.max_page_size or 0)

    @property
    @override
    def tap(self) -> TapKinde:
        return cast("TapKinde", self._tap)

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        size = PageSize(self._rows)

        def adjust(error: ApiError) -> bool:
            adjusted = size.adjust(error)
            if not isinstance(error, TooLarge):  # It applies to each listing of this endpoint.
                self._rows = min(size.rows, self._rows)
            return adjusted

        return CursorPaging(
            request=lambda cursor: Request(
                path,
                {**self.query(parent), "page_size": size.rows or None, **_cursor_params(cursor)},
            ),
            read=self._page,
            key=self.key,
            counts_rows=lambda cursor: cursor.startswith(_COUNTED),
            made_at=self.made_at,
            adjust=adjust,
            seen=self.seen_keys(),
        ).pager()

    def query(self, parent: Item) -> Mapping[str, str | None]:
        """Query parameters other than paging."""
        return self.params

    @override
    def key(self, item: Item) -> Any:
        return item.get(self.identity)

    @override
    def made_at(self, item: Item) -> float | None:
        return epoch_seconds(item.get("created_on"))

    def items(self, body: Item) -> list[Item]:
        """The items in a response; also if the list is null, or a single object."""
        found = body if self.records_key is None else body.get(self.records_key)
        if found is None or isinstance(found, dict):
            return [found] if found else []
        if not isinstance(found, list):
            raise ApiError(f"The response has no list in `{self.records_key}`.")
        return [each if isinstance(each, dict) else {} for each in found]

    def _page(self, response: Response) -> tuple[Page, str | None]:
        body = response.body
        if isinstance(body, dict) and body.get("errors"):  # Possible with a status of success.
            raise ApiError("The response contains errors instead of records.")
        if not isinstance(body, dict) or (self.records_key and self.records_key not in body):
            raise ApiError(f"The response has no `{self.records_key}`. {BASE_URL_HINT}")
        items = self.items(body)
        return Page(items), self._next(body, items)

    def _next(self, body: Item, items: list[Item]) -> str | None:
        """The cursor of the next page, in whichever form the envelope has it."""
        if token := body.get("next_token"):
            return f"{_COUNTED}{token}"
        more = body.get("has_more") is True
        if items and (self.ends_on_empty or more):
            return f"starting_after={self.key(items[-1])}"
        if more:
            raise Incomplete("an empty page has `has_more` set")
        return None


class OptionalRecord(KindeStream):
    """A single optional record: if there is none, it is null, or the response is 404."""

    max_page_size = None
    _answered = _missing = 0

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        try:
            result = yield from super().pager(path, parent)
            self._answered += 1
        except NotFound:
            self._missing += 1
            return ListingResult()
        return result

    @override
    def incomplete_reason(self) -> str | None:
        if self._missing and not self._answered:
            self.remarks.append(
                f"all {self._missing} requests returned 404: there are none, or this "
                "environment has no such endpoint"
            )
        return None


class PageSize:
    """The page size of one listing, in which all pages have the same size: tokens count pages.

    Attributes:
        rows: Rows per page; 0 where nothing is paged.
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def adjust(self, error: ApiError) -> bool:
        """Reduce the page size after an error; return whether that is possible.

        Uses the limit in the message of PAGE_SIZE_LIMIT_EXCEEDED.
        """
        if self.rows <= 1:
            return False
        if isinstance(error, TooLarge):
            self.rows //= 2
            return True
        refusal = the_error(error.body)
        if not isinstance(refusal, dict) or refusal.get("code") != "PAGE_SIZE_LIMIT_EXCEEDED":
            return False
        stated = [int(number) for number in re.findall(r"\d{1,6}", str(refusal.get("message")))]
        self.rows = max([n for n in stated if 0 < n < self.rows], default=self.rows // 2)
        return True


def _cursor_params(cursor: str | None) -> dict[str, str]:
    name, _, value = (cursor or "").partition("=")
    return {name: value} if name else {}
