"""The client's address, as the connection or a trusted proxy reports it."""

from collections.abc import Callable
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port

FORWARDING_HEADERS = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
)

Address = IPv4Address | IPv6Address

UNKNOWN = IPv6Address("::")  # A peer on a Unix socket has no address.


class ClientAddressMiddleware:
    """Sets REMOTE_ADDR to the client's address, and SERVER_PORT to the port that the client connected to.

    X-Forwarded-For is read from its end, as long as each address is one of TRUSTED_PROXIES, so that a client cannot
    forge its address. If the peer is no trusted proxy, its forwarding headers are dropped.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta, address = request.META, peer_of(request)
        if is_trusted(address):
            address = client_address(address, meta.get("HTTP_X_FORWARDED_FOR", ""))
            if "SERVER_PORT" in meta and (scheme := meta.get("HTTP_X_FORWARDED_PROTO", "")):
                # The proxy's port, to which the client connected, instead of the port on which this process listens.
                meta["SERVER_PORT"] = "443" if scheme.partition(",")[0].strip() == "https" else "80"
        else:
            for header in FORWARDING_HEADERS:
                meta.pop(header, None)
        meta["REMOTE_ADDR"] = str(address)
        return self.get_response(request)


def peer_of(request: HttpRequest) -> Address:
    """The address that opened the connection. Call it before ClientAddressMiddleware replaces REMOTE_ADDR."""
    return _parse(request.META.get("REMOTE_ADDR", "")) or UNKNOWN


def client_address(peer: Address, forwarded_for: str) -> Address:
    """The nearest address in the chain that is not a trusted proxy's."""
    address, hops = peer, forwarded_for.split(",")
    while is_trusted(address) and hops and (hop := _parse(hops.pop().strip())):
        address = hop
    return address


def public_host(request: HttpRequest) -> str:
    """The host of this request, with its port if the server listens on that port or CSRF_TRUSTED_ORIGINS has it.

    Any other port is the client's invention, since ALLOWED_HOSTS has no ports. Raises DisallowedHost for a host that
    ALLOWED_HOSTS does not have.
    """
    host = request.get_host()
    name, port = split_domain_port(host)
    is_known = port == request.get_port() or f"{request.scheme}://{host}" in settings.CSRF_TRUSTED_ORIGINS
    return host if is_known or settings.DEBUG else name


def is_trusted(address: Address) -> bool:
    return any(address in network for network in _trusted_networks(tuple(settings.TRUSTED_PROXIES)))


@lru_cache(maxsize=10_000)
def _parse(text: str) -> Address | None:
    """Parse an address with or without a port. An IPv4 address that is mapped into IPv6 becomes an IPv4 address."""
    bracketed, colons = text.startswith("["), text.count(":")
    host = text[1:].partition("]")[0] if bracketed else text.partition(":")[0] if colons == 1 else text
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@cache
def _trusted_networks(networks: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(network, strict=False) for network in networks]
