"""Stores an earlier version of a resource as its difference to the next newer version.

docs/decisions/0020-revisions-are-stored-as-differences.md has the reasons and the measurements.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from api_project import zstd

# Every 32nd version of a resource is a key frame, encoded without a newer version, so 32 decodings reach any version.
KEY_FRAME_INTERVAL = 32

# The first byte of an encoded snapshot.
_JSON = b"{"  # The JSON object itself, if compression would make it longer.
_PLAIN = b"\x01"  # A zstd frame (RFC 8878).
_PREFIXED = b"\x02"  # A zstd frame whose prefix is the newer version.

# Without a checksum, a wrong prefix often decodes to a wrong text instead of an error.
_OPTIONS: Mapping[int, int] = {
    zstd.CompressionParameter.compression_level: 3,
    zstd.CompressionParameter.checksum_flag: 1,
}


def encode(snapshot: dict[str, Any], newer: dict[str, Any] | None = None) -> bytes:
    """The snapshot, a dict of JSON values, as bytes. Decoding may require the same newer version, unless it is None."""
    content = orjson.dumps(snapshot, option=orjson.OPT_SORT_KEYS)
    prefix = _prefix_of(newer)
    frame = zstd.compress(content, options=_OPTIONS, zstd_dict=prefix)
    return min(content, (_PREFIXED if prefix else _PLAIN) + frame, key=len)


def decode(data: bytes, newer: dict[str, Any] | None = None) -> dict[str, Any]:
    """The snapshot that was encoded.

    Raises ValueError if the data needs a newer version and this is None or another, and if the data is damaged.
    """
    snapshot: dict[str, Any] = orjson.loads(_content_of(data, newer))
    return snapshot


def _content_of(data: bytes, newer: dict[str, Any] | None) -> bytes:
    encoding = data[:1]
    if encoding == _JSON:
        return data
    if encoding not in (_PLAIN, _PREFIXED):
        raise ValueError(f"An encoded snapshot does not start with {encoding!r}.")
    prefix = _prefix_of(newer) if encoding == _PREFIXED else None
    if encoding == _PREFIXED and not prefix:
        raise ValueError("This snapshot is a difference to a newer version, which is missing.")
    try:
        return zstd.decompress(data[1:], zstd_dict=prefix)
    except zstd.ZstdError as error:
        raise ValueError("The snapshot is damaged, or is a difference to another newer version.") from error


def needs_newer(data: bytes) -> bool:
    """True if the snapshot is a difference to a newer version."""
    return data[:1] == _PREFIXED


def _prefix_of(newer: dict[str, Any] | None) -> tuple[zstd.ZstdDict, int] | None:
    content = orjson.dumps(newer, option=orjson.OPT_SORT_KEYS) if newer else b""
    # zstd ignores a shorter dictionary.
    return zstd.ZstdDict(content, is_raw=True).as_prefix if len(content) >= 8 else None
