"""A bureau over HTTP, from Python: requests that are safe to send again are sent again. Needs the extra `client`."""

from biomatch.errors import ExtraMissing

try:
    import httpx  # noqa: F401
except ImportError:
    raise ExtraMissing("httpx", "client") from None

from biomatch.client.client import Client, Print
from biomatch.client.sending import NoAnswer, Patience, Refused

__all__ = ["Client", "NoAnswer", "Patience", "Print", "Refused"]
