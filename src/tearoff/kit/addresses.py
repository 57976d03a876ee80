"""Whose request this is: the address of the caller, believed only as far as the proxies we trust (lesson 31)."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

OF_ONE_LINE = 56
"""The length of the prefix that providers give to one home or phone (RFC 6177: /48 to /64)."""


def client_address(peer: str, forwarded_for: str, trusted: Sequence[str]) -> str:
    """The nearest address that is not one of our own proxies.

    `X-Forwarded-For` is walked from the right, as each trusted hop wrote the address it saw at the end; whatever stands
    left of the first hop we do not trust was written by anybody.
    """
    networks = _networks(tuple(trusted))
    address = _clean(peer)
    hops = [hop for hop in forwarded_for.split(",") if hop.strip()]
    while hops and _is_in(address, networks):
        address = _clean(hops.pop())
    return address


@lru_cache(maxsize=16)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text.strip(), strict=False) for text in texts if text.strip())


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def network_of(address: str) -> str:
    """What is counted as one place: an IPv4 address, or the IPv6 network that one customer line is given.

    Whoever has one IPv6 address has at least 2^64 of them; a limit on each is none. What is no address stays as it is.
    """
    try:
        parsed = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, OF_ONE_LINE), strict=False))


def _clean(text: str) -> str:
    """Without blanks, port or brackets; an address mapped into IPv6 as plain IPv4. Anything else stays as it is."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].split("]")[0]
    elif text.count(":") == 1:
        text = text.split(":")[0]
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return text[:64]
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)
