"""The words of `biomatch serve` to the person who started it: where the page is, and with what to come in."""

from __future__ import annotations

from biomatch.service.settings import Settings
from biomatch.service.traffic.guards import LOOPBACK

_EVERY = ("0.0.0.0", "::", "")
"""Addresses to listen on that are none to go to."""


def address(settings: Settings, port: int) -> str:
    """Returns the address of the page."""
    scheme = "http" if settings.tls_certificate is None else "https"
    host = settings.host
    if host in _EVERY:
        host = settings.names[0] if settings.names else "127.0.0.1"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"


def origin(settings: Settings) -> str | None:
    """Returns the address to which passkeys are bound; None: nobody said, and more than this machine reaches the service."""
    if settings.origin is not None or settings.host not in LOOPBACK:
        return settings.origin
    return f"{'http' if settings.tls_certificate is None else 'https'}://localhost:{settings.port}"


def words(page: str, token: str | None) -> str:
    """Writes the words. page: address that opens it once. token: the gallery's first one, which nobody sees again; None: it has
    some."""
    lines = [f"The page, for one browser, within 15 minutes (`biomatch page` prints another address): {page}"]
    if token is not None:
        lines.append("The gallery's first token, which is not shown again; for the lines of the guide:")
        lines.append(f"export TOKEN={token}")
    return "\n".join(lines)
