"""Parts that pages share: their layout, style and words, the viewer of prints, and what browsers may do with all of it."""

from biomatch.web.files import static_files
from biomatch.web.headers import PAGE_HEADERS
from biomatch.web.templates import open_templates

__all__ = ["PAGE_HEADERS", "open_templates", "static_files"]
