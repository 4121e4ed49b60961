"""ZITADEL-specific: versions, organizations, paging, totals."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from singer_sdk.schema.source import StreamSchema
from typing_extensions import override

from identity_sdk import (
    ApiError,
    EachOf,
    FanOut,
    Filtered,
    IdentityStream,
    Incomplete,
    InTurn,
    Item,
    ListingResult,
    Page,
    Pager,
    Reading,
    Readings,
    Request,
    Response,
    Schemas,
    SeenKeys,
    TooLarge,
    Unsupported,
    epoch_seconds,
    fill,
    in_memory,
    result_of,
    take,
)
from tap_zitadel import rights
from tap_zitadel.error_mapping import absent
from tap_zitadel.proto import Columns, message, messages

if TYPE_CHECKING:
    from tap_zitadel.tap import TapZitadel

    Listed = Generator[Any, Any, ListingResult]

MOST_ROWS = 1000
"""The largest page size of the v2 services with filters; a larger one returns 400."""


@dataclass(frozen=True)
class V2:
    """A listing of the v2 services.

    Attributes:
        service: The service, which a server has or lacks.
        path: Its path, with a placeholder for the parent.
        items: The field of the response with the listing.
        columns: The columns of an item.
        sort: Columns to sort by, so that pages do not overlap: one after another, until a walk
            proves the listing.
        style: How the service expects paging: older ones (`object`) in `query`.
        body: The rest of the request body.
        within: Whether it is requested per parent, so that an account of one organization sees all
            of it.
        else_v1: Whether v1 is read instead, in one SELECT, if no walk proves the listing because
            rows may be equal in each sortable column.
    """

    service: str
    path: str
    items: str
    columns: Columns
    sort: tuple[str, ...] = ()
    style: Literal["filter", "object"] = "filter"
    body: Mapping[str, Any] = field(default_factory=dict)
    within: bool = False
    else_v1: bool = False


@dataclass(frozen=True)
class V1:
    """A listing of the v1 services, read in one consistent SELECT.

    Without a limit in the request, the server sets none. With one, most of these lists have no
    order, and pages would lose rows.

    Attributes:
        path: Its path, with placeholders for fields of the parent.
        columns: The columns of an item.
        per: The stream whose records it is read for; None for the instance.
        bind: Columns that are filled from fields of such a record.
        only: Field and value that select these records.
        items: The field of the response with the listing.
    """

    path: str
    columns: Columns
    per: str | None = None
    bind: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, str | None] | None = None
    items: str = "result"
    body: Mapping[str, Any] = field(default_factory=dict)


class ZitadelStream(IdentityStream):
    """A stream of this tap, read from whichever API the server has.

    Items are converted to rows as they are read, so that both versions return the same.

    Attributes:
        v2: The listing in the v2 services, if any.
        v1: The listing in the v1 services, if any.
    """

    schema = StreamSchema(Schemas(Path(__file__).parent / "schemas"))
    permission = rights.ORGANIZATIONS
    v2: ClassVar[V2 | None] = None
    v1: ClassVar[V1 | None] = None

    @property
    @override
    def tap(self) -> TapZitadel:
        return cast("TapZitadel", self._tap)

    @override
    def read(self) -> Reading:
        return InTurn(self._by_version({}, self.read_v1))

    @override
    def begin(self) -> None:
        older = self.older
        if older is None or older.per is None or (self.v2 and self.tap.offers(self.v2)):
            super().begin()
        elif older.per == "organizations":
            # One listing is enough to find out; more would delay the run.
            organizations = chain.from_iterable(self._parents_of(older))
            if (first := next(organizations, None)) is not None:
                self.run.client.get(_all_of(older, first))
                self.prepaid = 1

    def _by_version(self, parent: Item, older: Callable[[V1], Reading]) -> Readings:
        """A listing from v2 if the server has it, else from v1.

        Raises:
            Unsupported: It has neither.
        """
        result, seen = None, self.seen_keys()
        if self.v2 is not None and self.tap.offers(self.v2):
            try:
                result = yield from self.newer(self.v2, parent, seen)
            except ApiError as error:
                if seen.total or not absent(error):
                    raise
                self.tap.lacks(self.v2, error)
            doubtful = result and result.incomplete and self.v2.else_v1 and self.tap.may_read_v1
            if result and not doubtful:
                return result
        if (v1 := self.older) is None:
            raise Unsupported(self.missing())
        reading = older(v1)
        if result is None:
            yield reading
            return result_of(reading)
        try:
            yield Filtered(reading, lambda page: seen.compare(page, self.key).fresh)
        except ApiError:
            return result
        return result_of(reading)

    def newer(self, v2: V2, parent: Item, seen: SeenKeys) -> Readings:
        """A listing of the v2 services, sorted by one column after another until one proves it."""
        result = ListingResult()
        for column in v2.sort or (None,):
            reading = self.driven(self._paged(v2, parent, seen, column))
            yield reading
            result = result_of(reading)
            if result.incomplete is None:
                break
        return result

    @property
    def older(self) -> V1 | None:
        """The listing in the v1 services, in a run with this coverage."""
        return self.v1

    def missing(self) -> str:
        """Why the listing is not available."""
        if self.v1 is None and not self.tap.whole_instance:
            return "read only by an account that administers the instance"
        if self.tap.config.get("api_version") == "v1":
            return "not supported by v1, to which `api_version` is set"
        return "not supported by this ZITADEL version"

    def read_v1(self, v1: V1) -> Reading:
        """Read a listing of the v1 services, for the instance or for each of its parents."""
        if v1.per is None:
            return self.driven(self.at_once(v1, {}))
        return InTurn(self._read_v1_each(v1))

    def _read_v1_each(self, v1: V1) -> Readings:
        def one(parent: Item) -> tuple[Reading, Item]:
            bound = {column: parent[name] for column, name in v1.bind.items()}
            return self.driven(self.at_once(v1, parent)), bound

        def gone(bound: Item, error: ApiError) -> None:
            raise Incomplete(f"{error} It was deleted, or the account may not see it.")

        listing = self.tap.listing(str(v1.per))
        parents = (
            item
            for page in self._parents_of(v1)
            for item in page
            if v1.only is None or item.get(v1.only[0]) == v1.only[1]
        )
        fan_out = FanOut(parents, one, self.run.client.concurrency, gone)
        yield fan_out
        listing.require_complete()
        return result_of(fan_out)

    def _parents_of(self, v1: V1) -> Iterator[list[Item]]:
        """The records that a v1 listing is read for, read completely first."""
        listing = self.tap.listing(str(v1.per))
        if listing.result is None:
            for _ in listing.first_read():
                pass
        return listing.pages()

    def _paged(self, v2: V2, parent: Item, seen: SeenKeys, column: str | None) -> Pager:
        """A listing of the v2 services, in pages sorted by a column."""
        path = fill(v2.path, parent)
        body = {name: _filled(value, parent) for name, value in v2.body.items()}
        body |= {"sortingColumn": column} if column else {}
        place = "pagination" if v2.style == "filter" else "query"

        def request(offset: int, size: int) -> Request:
            paging = {"offset": offset, "limit": size, "asc": True}
            return Request(path, json={place: paging, **body}, headers=header(parent))

        return self._numbered(request, lambda r: self.page(r, v2.items, v2.columns), seen)

    def at_once(self, v1: V1, parent: Item) -> Pager:
        """A listing of the v1 services in one response, or in pages if it is too large."""
        path = fill(v1.path, parent)
        yield _all_of(v1, parent)
        try:
            page = self.page((yield from take()), v1.items, v1.columns)
        except TooLarge:
            page = Page([], -1)
        if page.total == len(page.items):
            result = yield from in_memory(page.items, self.key)
            return replace(result, total=page.total)

        def request(offset: int, size: int) -> Request:
            paging = {"offset": offset, "limit": size, "asc": True}
            return Request(path, json={"query": paging, **v1.body}, headers=header(parent))

        return (yield from self._numbered(request, lambda r: self.page(r, v1.items, v1.columns)))

    def _numbered(self, request: Any, read: Any, seen: SeenKeys | None = None) -> Pager:
        return self.offset_paging(
            request,
            read,
            min(self.config.get("page_size") or MOST_ROWS, MOST_ROWS),
            any_offset=True,
            past_total=True,  # Some versions return the length of the page as the total.
            walks=4,
            **({} if seen is None else {"seen": seen}),
        ).pager()

    @override
    def made_at(self, item: Item) -> float | None:
        return epoch_seconds(item.get("creation_date"))

    def page(self, response: Response, name: str, columns: Columns) -> Page:
        """The rows in a response, and the server's total."""
        body = message(response.body)
        told = map(self.preprocess, messages(body.get(name)))
        rows = [row for each in told for row in self.postprocess(columns.row(each))]
        return Page.of(rows, self.total(body, rows))

    def preprocess(self, each: Item) -> Item:
        """Preprocess a message of a listing, before its columns are read."""
        return each

    def total(self, body: Item, rows: list[Item]) -> Any:
        """The server's total; 0 is omitted by the server."""
        said = message(body.get("pagination") or body.get("details"))
        return said.get("totalResult", None if rows else 0)

    def postprocess(self, row: Item) -> list[Item]:
        """Postprocess a row; returns any number of rows."""
        return [row]

    @override
    def key(self, item: Item) -> Any:
        key = tuple(item.get(name) for name in self._own_keys)
        return key if all(isinstance(each, str) and each for each in key) else None

    @property
    def _own_keys(self) -> tuple[str, ...]:
        bound = getattr(self, "bind", {})
        return tuple(name for name in self.primary_keys if name not in bound) or ("id",)


class EachOfZitadel(EachOf, ZitadelStream):
    """A stream read once for each record of its parent, in both versions."""

    @override
    def reading(self, path: str, parent: Item) -> Reading:
        if self.v2 is None and self.v1 is None:
            return super().reading(path, parent)
        return InTurn(self._by_version(parent, lambda v1: self.driven(self.at_once(v1, parent))))


def _all_of(v1: V1, parent: Item) -> Request:
    """The request for a listing of the v1 services in one response."""
    body = {"query": {"asc": True}, **v1.body}
    return Request(fill(v1.path, parent), json=body, headers=header(parent))


def header(parent: Item) -> dict[str, str]:
    """The header with the organization of a request."""
    organization = parent.get("organization_id")
    return {"x-zitadel-orgid": organization} if organization else {}


def _filled(value: Any, parent: Item) -> Any:
    """A part of a request, with `{names}` replaced by the parent's fields."""
    if isinstance(value, str):
        return value.format_map(parent) if "{" in value else value
    if isinstance(value, Mapping):
        return {name: _filled(each, parent) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, parent) for each in value]
    return value
