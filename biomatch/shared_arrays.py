"""Memory that two processes see: the arrays of an answer lie there, and are copied before anything looks at them."""

from __future__ import annotations

import mmap
import os
import pickle
import struct
import sys
import tempfile


class SharedArrays:
    """Memory that a process and its parent both see; its arrays are beside the reply, which says where."""

    SIZE = 32 * 1024**2  # bytes: the largest image at 500 ppi has 17 million; more goes the way of the reply
    _LEAST = 32 * 1024  # below, the reply itself is as fast
    _COUNT, _PLACE = struct.Struct("<I"), struct.Struct("<QQ")

    def __init__(self, number: int):
        """Takes `number`: of an open file of this size; nobody else needs it once both sides have it."""
        self.number = number
        self._bytes = mmap.mmap(number, self.SIZE)

    @classmethod
    def new(cls) -> SharedArrays:
        number = os.memfd_create("biomatch") if sys.platform == "linux" else _nameless_file()
        os.ftruncate(number, cls.SIZE)
        return cls(number)

    def message(self, answer: object) -> bytes:
        """Returns the message for an answer; lays the answer's larger arrays down here."""
        places: list[tuple[int, int]] = []

        def stays(buffer: pickle.PickleBuffer) -> bool:
            """Tells whether a buffer stays in the message."""
            raw = buffer.raw()
            begin = sum(places[-1]) if places else 0
            if raw.nbytes < self._LEAST or begin + raw.nbytes > self.SIZE:
                return True
            self._bytes[begin : begin + raw.nbytes] = raw
            places.append((begin, raw.nbytes))
            return False

        body = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL, buffer_callback=stays)
        return self._COUNT.pack(len(places)) + b"".join(self._PLACE.pack(*place) for place in places) + body

    def split(self, message: bytes) -> tuple[bytes, list[bytearray]]:
        """Splits a message into its pickle and copies of the arrays that lie here. Raises UnpicklingError where a place cannot
        be."""
        try:
            (count,) = self._COUNT.unpack_from(message)
            body = self._COUNT.size + count * self._PLACE.size
            places = list(self._PLACE.iter_unpack(message[self._COUNT.size : body]))
        except struct.error:
            raise pickle.UnpicklingError("it is cut off") from None
        if len(places) != count or any(begin + size > self.SIZE for begin, size in places):
            raise pickle.UnpicklingError("it points outside its memory")
        if sum(size for _, size in places) > self.SIZE:
            raise pickle.UnpicklingError("it holds more than its memory does")
        return message[body:], [bytearray(self._bytes[begin : begin + size]) for begin, size in places]

    def close(self) -> None:
        self._bytes.close()
        os.close(self.number)


def _nameless_file() -> int:
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
