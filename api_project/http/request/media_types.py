"""Media types in headers (RFC 9110 §8.3.1 and §12.5.1), parsed so that no header can cause an exception."""

import re
from dataclasses import dataclass, replace

from api_project.lru_cache import cached_by_text

MAX_LENGTH = 500  # No real media type is longer, and each parameter takes time to parse.

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_ESSENCE = re.compile(rf"\s*({_NAME})/({_NAME})\s*")
_PARAMETER = re.compile(rf';\s*(?:({_NAME})=(?:({_NAME})|"([^"\\]*)")\s*)?')
_WEIGHT = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_UTF_8 = {"utf-8", "utf8", "us-ascii"}


@dataclass(frozen=True)
class MediaType:
    """A media type, or a range of them such as `text/*`, in lower case."""

    type: str
    subtype: str
    parameters: dict[str, str]

    @classmethod
    def parse(cls, text: str) -> "MediaType | None":
        """The media type, or None if the text is malformed."""
        essence = _ESSENCE.match(text) if len(text) <= MAX_LENGTH else None
        if essence is None:
            return None
        parameters, position = {}, essence.end()
        while parameter := _PARAMETER.match(text, position):
            name, token, quoted = parameter.groups()
            if name:
                parameters[name.lower()] = token or quoted or ""
            position = parameter.end()
        if position < len(text):
            return None
        return cls(essence[1].lower(), essence[2].lower(), parameters)

    def __str__(self) -> str:
        return self.essence + "".join(f'; {name}="{value}"' for name, value in self.parameters.items())

    @property
    def essence(self) -> str:
        return f"{self.type}/{self.subtype}"

    @property
    def is_in_utf_8(self) -> bool:
        """True if a body of this type is UTF-8, by its charset or by default."""
        return self.parameters.get("charset", "utf-8").lower() in _UTF_8

    @property
    def weight(self) -> float:
        """The quality value (§12.4.2): 1 is most preferred, 0 is not acceptable."""
        weight = self.parameters.get("q", "1")
        return float(weight) if _WEIGHT.fullmatch(weight) else 1.0

    @property
    def precision(self) -> int:
        return (self.type != "*") + (self.subtype != "*")

    def includes(self, other: "MediaType") -> bool:
        return self.type in {"*", other.type} and self.subtype in {"*", other.subtype}


@cached_by_text(maxsize=100)
def sanitize_content_type(header: str) -> str:
    """A Content-Type header that Django accepts.

    Django fails on malformed ones, and on some of RFC 2231, before any middleware could respond. It also decodes the
    query string by the charset.
    """
    media_type = MediaType.parse(header)
    if media_type is None:
        return ""
    plain = {name: value for name, value in media_type.parameters.items() if name != "charset" and "*" not in name}
    return str(replace(media_type, parameters=plain if media_type.is_in_utf_8 else plain | {"charset": "unsupported"}))


def parse_accept(header: str) -> list[MediaType]:
    """The ranges of an Accept header, the most precise first. Malformed ones are omitted."""
    ranges = (MediaType.parse(part) for part in header.split(","))
    return sorted((each for each in ranges if each), key=lambda each: -each.precision)


@cached_by_text(maxsize=100)
def best_match(header: str, offered: tuple[str, ...]) -> str | None:
    """The offered media type with the greatest weight, the first of equals; None if an Accept header accepts none.

    §12.5.1: of the ranges that include a type, the most precise one decides. An empty header accepts all types.
    """
    ranges = parse_accept(header)
    if not header.strip():
        return offered[0]
    best = max(offered, key=lambda offer: _weight_of(offer, ranges))
    return best if _weight_of(best, ranges) > 0 else None


@cached_by_text(maxsize=100)
def names(header: str, media_type: str) -> bool:
    """True if an Accept header names this media type with a weight above 0. A range such as `*/*` does not count."""
    return any(each.essence == media_type and each.weight > 0 for each in parse_accept(header))


def _weight_of(offer: str, ranges: list[MediaType]) -> float:
    media_type = MediaType.parse(offer)
    return next((each.weight for each in ranges if media_type and each.includes(media_type)), 0.0)


def replaced(header: str, media_type: str, replacement: str) -> str:
    """An Accept header in which the replacement has the weight of the media type, and no other."""
    kind, _slash, subtype = replacement.partition("/")
    ranges = (each for each in parse_accept(header) if each.essence != replacement)
    return ", ".join(
        str(replace(each, type=kind, subtype=subtype) if each.essence == media_type else each) for each in ranges
    )
