"""Writes JSON."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer


def to_json(data: Any) -> bytes:
    """RFC 8259 in UTF-8; times in UTC, with `Z`."""
    return orjson.dumps(data, default=str, option=orjson.OPT_UTC_Z)


class JSONRenderer(BaseRenderer):
    """Renders `application/json`. It passes bytes through, since a cached response is JSON already."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return data if isinstance(data, bytes) else b"" if data is None else to_json(data)
