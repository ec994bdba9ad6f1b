"""The HTTP door: a FastAPI application over the bureau's use cases, and one page."""

from biomatch.service.app import create_app, serve
from biomatch.service.settings import Settings

__all__ = ["Settings", "create_app", "serve"]
