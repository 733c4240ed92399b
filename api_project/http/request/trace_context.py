"""The trace that a request belongs to, as its client or a proxy reports it (W3C Trace Context)."""

import re

# Version, trace id, the caller's span id and flags (§3.2.2). Version ff and ids of zeros are invalid.
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(.*)", re.DOTALL)


def trace_id_of(traceparent: str) -> str:
    """The trace id in a `traceparent` header. Empty if the header is malformed or repeated, and so has to be ignored.

    A version later than 00 may have more fields, after another dash (§3.2.4).
    """
    match = _TRACEPARENT.fullmatch(traceparent)
    if match is None or (match[2] and (traceparent.startswith("00") or match[2][0] != "-")):
        return ""
    return match[1]
