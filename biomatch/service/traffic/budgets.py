"""The budgets of the requests in hand: what they may take together, and what one caller may take of it.

Requests that are worked on, bodies that are still arriving, and the bytes of all bodies have a budget each. A request counts
from when its caller is known: who has no token is refused before that and takes nothing. All of it runs in the event loop's
thread.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field

from biomatch.errors import TooBusy

SHARE = 0.75  # of a budget that one caller may take: the others keep a quarter


@dataclass
class Budget:
    """`most` of one thing at a time. what: says in words what is done with it, such as "requests are answered"."""

    most: int
    what: str
    taken: int = 0
    _of: dict[str, int] = field(default_factory=dict)
    _room: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def share(self) -> int:
        """The most that one caller may take."""
        return math.ceil(SHARE * self.most)

    def has_room(self, caller: str, count: int = 1) -> bool:
        return self.taken + count <= self.most and self._of.get(caller, 0) + count <= self.share

    def take(self, caller: str, count: int = 1) -> None:
        """Takes so many more. Raises TooBusy."""
        if not self.has_room(caller, count):
            raise TooBusy(self.most, self.what, self.share)
        self.taken += count
        self._of[caller] = self._of.get(caller, 0) + count

    def give_back(self, caller: str, count: int = 1) -> None:
        self.taken -= count
        self._of[caller] -= count
        if not self._of[caller]:
            del self._of[caller]
        self._room.set()

    async def wait_and_take(self, caller: str) -> None:
        """Takes one as soon as there is room."""
        while not self.has_room(caller):
            self._room.clear()
            await self._room.wait()
        self.take(caller)


class Budgets:
    """requests: worked on; bodies: arriving; held: bytes of bodies, arriving or worked on."""

    def __init__(self, requests: int, bodies: int, held: int):
        self.requests = Budget(requests, "requests are answered")
        self.bodies = Budget(bodies, "bodies of requests come in")
        self.held = Budget(held, "bytes of requests are held")


class Admission:
    """The claims of one request on the budgets, from when its caller is known until it is answered.

    A request without a body is worked on at once; one with a body when the body is whole.
    """

    def __init__(self, budgets: Budgets, *, with_body: bool):
        self._budgets = budgets
        self._with_body = with_body
        self._caller = ""
        self._slot: Budget | None = None
        self._held = 0

    def enter(self, caller: str) -> None:
        """Notes the caller, who is known now. A second time changes nothing. Raises TooBusy."""
        if self._slot is not None:
            return
        slot = self._budgets.bodies if self._with_body else self._budgets.requests
        slot.take(caller)
        self._caller, self._slot = caller, slot

    def hold(self, count: int) -> None:
        """Counts so many more bytes of the body in memory. Raises TooBusy."""
        self._budgets.held.take(self._caller, count)
        self._held += count

    async def whole(self) -> None:
        """Waits, when the body is there, until the request's turn to be worked on has come."""
        if self._slot is self._budgets.bodies:
            await self._budgets.requests.wait_and_take(self._caller)
            self._slot.give_back(self._caller)
            self._slot = self._budgets.requests

    @property
    def held(self) -> int:
        """Bytes of the body that are in memory."""
        return self._held

    def end(self) -> None:
        """Gives everything back."""
        if self._slot is not None:
            self._slot.give_back(self._caller)
            self._slot = None
        if self._held:
            self._budgets.held.give_back(self._caller, self._held)
            self._held = 0
