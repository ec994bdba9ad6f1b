"""Headers that say what browsers may do with a page and with what it fetches."""

from __future__ import annotations

from types import MappingProxyType

PAGE_HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
)
"""Headers of every answer: nothing comes from elsewhere, no script stands in a page, no other site shows or reads it."""
