"""The bodies of event streams (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from dataclasses import dataclass
from typing import Self

import orjson

COMMENT = b":\n\n"
_END = b"\n\n"


@dataclass(frozen=True, slots=True)
class Content:
    """A finite response of the change stream: events of changes, and the event of the cursor after them."""

    changes: bytes
    cursor: bytes  # Without `retry`.
    last_id: str
    has_more: bool

    @classmethod
    def of(cls, body: bytes) -> Self:
        changes, _, cursor = body.removesuffix(_END).rpartition(_END)
        fields = dict(line.split(b": ", 1) for line in cursor.splitlines())
        del fields[b"retry"]
        cursor = b"".join(name + b": " + value + b"\n" for name, value in fields.items()) + b"\n"
        has_more = orjson.loads(fields[b"data"])["has_more"]
        return cls(changes + _END if changes else b"", cursor, fields[b"id"].decode(), has_more)
