"""The responses on a page, which differ from real ones in what each request makes anew, and in what the page omits."""

import json
import re
from typing import Any

CUT = "…"

# What differs between any two responses: ids, times, entity tags, the rest of a rate limit.
_NEW = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z|\b[0-9a-f]{32}(\.[0-9a-f]{8})?\b"
    r"|(?<=;[rt]=)\d+|\d+(?= seconds)|^\d+$"
)
# A text that the page cuts, and the token before the cut, of which each response has another.
_CUT_TEXT = re.compile(rf"[\w-]*{CUT}")
# A cut between the members of an object, unlike one inside a text.
_CUT_MEMBERS = re.compile(rf'("(?:[^"\\]|\\.)*")|{CUT}')


def differences(shown: str, real: str) -> list[str]:
    """The places where a real response is not as the page shows it."""
    if not shown.startswith("HTTP/"):
        return _compare("body", _parse(shown), json.loads(real))
    shown_head, _, shown_body = shown.partition("\n\n")
    real_head, _, real_body = real.replace("\r\n", "\n").partition("\n\n")
    return _compare_heads(shown_head, real_head) + (
        _compare("body", _parse(shown_body), json.loads(real_body)) if shown_body.strip() else []
    )


def _compare_heads(shown: str, real: str) -> list[str]:
    (shown_status, *shown_lines), (real_status, *real_lines) = shown.splitlines(), real.splitlines()
    found = [] if shown_status == real_status else [f"{real_status} instead of {shown_status}"]
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in real_lines)}
    for name, _, value in (line.partition(": ") for line in shown_lines):
        found += _compare(name, value, headers.get(name))
    return found


def _parse(text: str) -> Any:
    return json.loads(_CUT_MEMBERS.sub(lambda found: found[1] or f'"{CUT}": 0', text))


def _compare(place: str, shown: Any, real: Any) -> list[str]:
    if isinstance(shown, dict) and isinstance(real, dict):
        wanted = set(shown) - {CUT}
        names = wanted - set(real) if CUT in shown else wanted ^ set(real)
        found = [f"{place}: {sorted(names)}"] if names else []
        return found + [
            each for name in wanted & set(real) for each in _compare(f"{place}.{name}", shown[name], real[name])
        ]
    if isinstance(shown, list) and isinstance(real, list) and len(shown) == len(real):
        pairs = enumerate(zip(shown, real, strict=True))
        return [each for number, pair in pairs for each in _compare(f"{place}[{number}]", *pair)]
    is_same = _is_same(shown, real) if isinstance(shown, str) and isinstance(real, str) else shown == real
    return [] if is_same else [f"{place}: {real!r} instead of {shown!r}"]


def _is_same(shown: str, real: str) -> bool:
    parts = _CUT_TEXT.split(_NEW.sub("*", shown))
    return bool(re.fullmatch(".*".join(map(re.escape, parts)), _NEW.sub("*", real), re.DOTALL))
