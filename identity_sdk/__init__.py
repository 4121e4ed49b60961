"""What the identity taps share, built on singer_sdk. Taps import from here only."""

from identity_sdk.errors import (
    AccessDenied,
    ApiError,
    IdentityError,
    Incomplete,
    NotAuthenticated,
    NotFound,
    Rejected,
    SettingsError,
    Stopped,
    TooLarge,
    Unsupported,
)
from identity_sdk.exchange import Item, Request, Response, fill
from identity_sdk.http.auth import Authenticator, StaticToken, TokenEndpoint, client_credentials
from identity_sdk.http.client import Client
from identity_sdk.http.error_mapping import ErrorMapping, Meaning
from identity_sdk.http.urls import check_domain, check_url, split
from identity_sdk.listing.cross_check import CrossCheck, Difference, Side
from identity_sdk.listing.cursor_paging import CursorPaging
from identity_sdk.listing.dedupe import Deduplicator, PageDiff, SeenKeys
from identity_sdk.listing.evidence import (
    ListingResult,
    Order,
    fewer_rows,
    stated_total,
    unsound_rows,
)
from identity_sdk.listing.fan_out import FanOut
from identity_sdk.listing.listing import Listing
from identity_sdk.listing.offset_paging import OffsetPaging
from identity_sdk.listing.pager import Page, Pager, PagerSteps, in_memory, one_response, take
from identity_sdk.listing.reading import (
    Filtered,
    InTurn,
    Reading,
    Readings,
    batches,
    in_turn,
    result_of,
)
from identity_sdk.records.codec import decode
from identity_sdk.records.flatten import ColumnMap, flatten
from identity_sdk.records.nested import object_at, objects, texts, values
from identity_sdk.records.secrets import without_secret
from identity_sdk.records.values import (
    boolean,
    epoch_seconds,
    moment,
    snake_case,
    snake_cased,
    timestamp,
)
from identity_sdk.singer.children import EachOf, PartOf
from identity_sdk.singer.schemas import Schemas
from identity_sdk.singer.settings import SHARED_SETTINGS
from identity_sdk.singer.stream import IdentityStream
from identity_sdk.singer.tap import IdentityTap

__all__ = [
    "SHARED_SETTINGS",
    "AccessDenied",
    "ApiError",
    "Authenticator",
    "Client",
    "ColumnMap",
    "CrossCheck",
    "CursorPaging",
    "Deduplicator",
    "Difference",
    "EachOf",
    "ErrorMapping",
    "FanOut",
    "Filtered",
    "IdentityError",
    "IdentityStream",
    "IdentityTap",
    "InTurn",
    "Incomplete",
    "Item",
    "Listing",
    "ListingResult",
    "Meaning",
    "NotAuthenticated",
    "NotFound",
    "OffsetPaging",
    "Order",
    "Page",
    "PageDiff",
    "Pager",
    "PagerSteps",
    "PartOf",
    "Reading",
    "Readings",
    "Rejected",
    "Request",
    "Response",
    "Schemas",
    "SeenKeys",
    "SettingsError",
    "Side",
    "StaticToken",
    "Stopped",
    "TokenEndpoint",
    "TooLarge",
    "Unsupported",
    "batches",
    "boolean",
    "check_domain",
    "check_url",
    "client_credentials",
    "decode",
    "epoch_seconds",
    "fewer_rows",
    "fill",
    "flatten",
    "in_memory",
    "in_turn",
    "moment",
    "object_at",
    "objects",
    "one_response",
    "result_of",
    "snake_case",
    "snake_cased",
    "split",
    "stated_total",
    "take",
    "texts",
    "timestamp",
    "unsound_rows",
    "values",
    "without_secret",
]
