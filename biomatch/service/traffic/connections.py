"""Connections: how many there are, in all and of each peer, and how long each may say nothing.

A connection is in one of four phases, by what its two ends wait for. Each but the second has an end:

    WAITING   no byte of a request is there: the first one has `first_byte_seconds`, a later one `keep_alive_seconds`
    REQUEST   a request is being answered: guards.py bounds its body and its time; who takes nothing of the answer for
              `take_seconds` is cut off
    HEAD      a part of a request's head is there: the rest has `head_seconds`
    REST      an answer went out before the body had come in: the rest of the body, which nobody reads, has `rest_seconds`

Where there are too many, a connection that has sent no request yet makes room for a new one, else one that waits between two
requests; the oldest first. A new one is told to come back only where all others are being answered.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from biomatch.errors import BiomatchError, HeadTooLarge, MalformedHttp, TooBusy
from biomatch.service import problems

MOST_HEAD_BYTES = 64 * 1_024  # of a request's first line and headers
_FULL = problems.document(TooBusy.code, 503, "too many connections; come again in a moment")


class Phase(Enum):
    """The state in which a connection waits."""

    WAITING = auto()
    HEAD = auto()
    REQUEST = auto()
    REST = auto()


@dataclass(frozen=True)
class ConnectionLimits:
    """most, most_of_peer: connections at a time, in all and of one address; seconds: as the module says."""

    most: int = 1_024
    most_of_peer: int = 256
    first_byte_seconds: float = 10
    keep_alive_seconds: float = 30
    head_seconds: float = 10
    rest_seconds: float = 5
    take_seconds: float = 30


class Connections:
    """All connections of one server, those of each peer in the order in which they came."""

    def __init__(self, limits: ConnectionLimits):
        self.limits = limits
        self._of: dict[str, dict[Connection, None]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def admit(self, connection: Connection) -> bool:
        """Tells whether there is room for a new connection, or one that waits made room."""
        own = self._of.get(connection.peer, {})
        if len(own) >= self.limits.most_of_peer and not self._make_room(own):
            return False
        if self._count >= self.limits.most and not any(map(self._make_room, self._fullest_first())):
            return False
        self._of.setdefault(connection.peer, {})[connection] = None
        self._count += 1
        return True

    def forget(self, connection: Connection) -> None:
        """Forgets a connection that is closed, or has made room. A second time does nothing."""
        own = self._of.get(connection.peer, {})
        if connection in own:
            del own[connection]
            self._count -= 1
            if not own:
                del self._of[connection.peer]

    def _fullest_first(self) -> list[dict[Connection, None]]:
        return sorted(self._of.values(), key=len, reverse=True)

    def _make_room(self, among: Iterable[Connection]) -> bool:
        waiting = [one for one in among if one.phase is not Phase.REQUEST]
        if not waiting:
            return False
        gone = next((one for one in waiting if one.is_new), waiting[0])
        self.forget(gone)
        gone.transport.abort()
        return True


class Connection(H11Protocol):
    """One connection, as uvicorn serves it, with an end to each phase."""

    def __init__(self, *, connections: Connections, **of_uvicorn: Any):
        super().__init__(**of_uvicorn)
        self._all = connections
        self._limits = connections.limits
        self._clock: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None
        self.phase = Phase.WAITING
        self.peer = ""

    @property
    def is_new(self) -> bool:
        """True until it has sent a request."""
        return self.cycle is None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.peer = peer_of(self.client[0] if self.client else "")
        if not self._all.admit(self):
            self._send(_FULL, ("Retry-After", "1"))
            transport.close()
            return
        self._end_after(self._limits.first_byte_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.forget(self)
        self._stop(self._clock, self._writing)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def send_400_response(self, msg: str) -> None:
        """Answers bytes that are no request with a problem document, where no answer has begun; the connection ends."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._send(problems.problem(_fault_of(sys.exception())))
        if self.cycle is not None:
            self.cycle.disconnected = True  # what the application still sends goes nowhere
        self.transport.close()

    def _send(self, document: dict[str, Any], *more: tuple[str, str]) -> None:
        """Writes an answer that is a problem document, after which the connection ends."""
        body = json.dumps(document).encode()
        headers = [("Content-Type", problems.MEDIA_TYPE), ("Content-Length", str(len(body))), ("Connection", "close"), *more]
        for event in (
            h11.Response(status_code=document["status"], headers=headers), h11.Data(data=body), h11.EndOfMessage(),
        ):  # fmt: skip
            self.transport.write(self.conn.send(event) or b"")

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._unset_keepalive_if_required()  # this class has a clock of its own
        self._look()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._writing = self.loop.call_later(self._limits.take_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop(self._writing)

    def _look(self) -> None:
        """Starts the clock of the phase that has begun, if it is another one than before."""
        before, self.phase = self.phase, self._present_phase()
        if self.phase is before or self.transport.is_closing():
            return
        seconds = {
            Phase.WAITING: self._limits.keep_alive_seconds,
            Phase.HEAD: self._limits.head_seconds,
            Phase.REST: self._limits.rest_seconds,
        }
        self._end_after(seconds.get(self.phase))

    def _present_phase(self) -> Phase:
        if self.cycle is not None and not self.cycle.response_complete:
            return Phase.REQUEST
        if self.conn.their_state is h11.SEND_BODY:
            return Phase.REST
        return Phase.HEAD if self.conn.trailing_data[0] else Phase.WAITING

    def _end_after(self, seconds: float | None) -> None:
        self._stop(self._clock)
        self._clock = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)

    @staticmethod
    def _stop(*clocks: asyncio.TimerHandle | None) -> None:
        for clock in clocks:
            if clock is not None:
                clock.cancel()


def _fault_of(error: BaseException | None) -> BiomatchError:
    """Tells what was wrong with the bytes that h11 refused with this error."""
    if isinstance(error, h11.RemoteProtocolError) and error.error_status_hint == 431:
        return HeadTooLarge(MOST_HEAD_BYTES)
    return MalformedHttp()


class Loop(asyncio.SelectorEventLoop):
    """An event loop in which a client that says nothing in its TLS handshake is cut off, too, before there is a connection."""

    def __init__(self, handshake_seconds: float):
        super().__init__()
        self._handshake_seconds = handshake_seconds

    async def create_server(self, *given: Any, **options: Any) -> asyncio.Server:
        if options.get("ssl") is not None:
            options.setdefault("ssl_handshake_timeout", self._handshake_seconds)
        return await super().create_server(*given, **options)


class Config(uvicorn.Config):
    """The configuration with which uvicorn serves, in a `Loop` of ours."""

    def __init__(self, app: Any, *, handshake_seconds: float, **of_uvicorn: Any):
        super().__init__(app, **of_uvicorn)
        self._handshake_seconds = handshake_seconds

    def get_loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop]:
        return partial(Loop, self._handshake_seconds)


def peer_of(address: str) -> str:
    """Returns the peer for whom connections from an address count: an IPv6 client has all addresses of its /64 network."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
