"""Who is asking: the client's address, which only a trusted proxy may say for it."""

from collections.abc import Callable
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

FORWARDING_HEADERS = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
)

UNKNOWN = "::"  # A peer on a Unix socket has no address.


class ClientAddressMiddleware:
    """Sets REMOTE_ADDR to the client's own address, for everything behind it.

    X-Forwarded-For is read from its end as long as the speaker is one of TRUSTED_PROXIES, so that what a client
    writes into it counts for nothing; from any other peer all forwarding headers are dropped.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        peer = request.META.get("REMOTE_ADDR", "")
        if is_trusted(peer):
            request.META["REMOTE_ADDR"] = client_address(peer, request.META.get("HTTP_X_FORWARDED_FOR", ""))
        else:
            for header in FORWARDING_HEADERS:
                request.META.pop(header, None)
            request.META["REMOTE_ADDR"] = str(_parse(peer) or UNKNOWN)
        return self.get_response(request)


def client_address(peer: str, forwarded_for: str) -> str:
    """The nearest address in the chain that is not a trusted proxy's."""
    address = peer
    for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
        parsed = _parse(hop)
        if parsed is None:
            break
        address = str(parsed)
        if not is_trusted(address):
            break
    return address


def is_trusted(address: str) -> bool:
    parsed = _parse(address)
    return parsed is not None and any(
        parsed in network for network in _trusted_networks(tuple(settings.TRUSTED_PROXIES))
    )


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.removeprefix("[").partition("]")[0] if text.startswith("[") else text)
    except ValueError:
        host, _, port = text.rpartition(":")
        return _parse(host) if port.isdigit() and host.count(".") == 3 else None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


@cache
def _trusted_networks(networks: tuple[str, ...]):  # type: ignore[no-untyped-def]
    return [ip_network(network, strict=False) for network in networks]
