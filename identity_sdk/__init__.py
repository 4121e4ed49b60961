"""What the identity taps share: a thin layer over singer_sdk.

A tap declares settings and streams; everything else stands here once: reading with
bounded concurrency, proving that a listing was read to its end, telling a removal from
a failure, and keeping secrets out of the warehouse.
"""

from identity_sdk.exchange import Request, Response
from identity_sdk.singer.children import EachOf, PartOf
from identity_sdk.singer.stream import IdentityStream
from identity_sdk.singer.tap import IdentityTap

__all__ = ["EachOf", "IdentityStream", "IdentityTap", "PartOf", "Request", "Response"]
