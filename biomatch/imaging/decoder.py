"""Decodes bytes from outside in a process of its own: a file that crashes or hangs a decoder is an unreadable image."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from biomatch.errors import UnreadableImage
from biomatch.imaging.decode import LIMITS, Limits, decode
from biomatch.imaging.grey import GreyImage
from biomatch.sandbox import Layer
from biomatch.workers import CAPS, Caps, Pool


class Decoder:
    """One sandboxed process, started with the first image. Safe to use from many threads; they take turns."""

    def __init__(self, *, limits: Limits = LIMITS, caps: Caps = CAPS):
        self._limits = limits
        self._pool = Pool(warm, _decode, caps=caps, blame=UnreadableImage)

    def decode(
        self,
        data: bytes,
        *,
        ppi: float | None = None,
        limits: Limits | None = None,
        bare: tuple[int, int] | None = None,
    ) -> GreyImage:
        """Decodes as `imaging.decode` does; a crash, a hang or an overrun is UnreadableImage, and the next image is decoded."""
        return self._pool.call(data, ppi, limits or self._limits, bare)

    def layers(self) -> tuple[Layer, ...]:
        """Lists what holds the process on this system."""
        return self._pool.layers()

    def close(self) -> None:
        """Ends the process."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def warm() -> None:
    """Runs once in each process that decodes: kernels cannot be loaded once it is locked in."""
    from biomatch.imaging import wsq

    wsq.warm()


def _decode(_: None, data: bytes, ppi: float | None, limits: Limits, bare: tuple[int, int] | None) -> GreyImage:
    return decode(data, ppi=ppi, limits=limits, bare=bare)
