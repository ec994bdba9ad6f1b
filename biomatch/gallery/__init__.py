"""The engine in one class: enrol, remove, identify, verify."""

from biomatch.gallery.local import LocalGallery
from biomatch.gallery.memory import GeneratedLog, MemoryLog

__all__ = ["GeneratedLog", "LocalGallery", "MemoryLog"]
