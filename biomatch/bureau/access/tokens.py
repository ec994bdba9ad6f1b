"""Makes and revokes tokens, and tells for whom one stands: who may come in over HTTP, for what, and how often."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.entries import check_name
from biomatch.bureau.scopes import GRANTED, Scope, needs, of_token
from biomatch.crypto import sha256
from biomatch.errors import BadLifetime, TokenExpired, TokenMissing, TokenRevoked, TokenUnknown, UnknownName
from biomatch.store import StoredToken

DAYS = 90  # a token's life where nothing else is said
MOST_DAYS = 36_525  # 100 years
PREFIX = "biomatch"  # of a token: searches for leaked secrets know it by this
_SECRET_BYTES = 32

ANYBODY = Actor("anonymous", "http", scopes=of_token(GRANTED))
"""Who asks the state of a service; and anybody, where whoever serves a gallery without tokens wished it so."""


class Tokens:
    """Tokens look like biomatch_ID_SECRET. The folder holds the sha256 of the whole: 256 random bits need no slower hash."""

    def __init__(self, context: Context):
        self._context = context

    @property
    def guarded(self) -> bool:
        """True once there was a token: from then on no setting opens the gallery to everybody."""
        return self._context.store.tokens.any()

    def authenticate(self, text: str | None) -> Actor:
        """Returns the actor for whom a request's token stands; None: the request came without one. Raises TokenRefused,
        QuotaSpent."""
        if text is None:
            raise TokenMissing
        parts = text.split("_")
        found = self._context.store.tokens.find(parts[1]) if len(parts) == 3 and parts[0] == PREFIX else None
        if found is None or not hmac.compare_digest(found[1], sha256(text.encode())):
            raise TokenUnknown
        return self.admit(found[0].token)

    def admit(self, name: str) -> Actor:
        """Returns the actor for whom a token stands that was shown before, by its name. Raises TokenRefused, QuotaSpent."""
        found = self._context.store.tokens.find(name)
        if found is None:
            raise TokenUnknown
        token, _ = found
        if token.revoked is not None:
            raise TokenRevoked(token.token, token.revoked)
        if token.expires <= _at(datetime.now(UTC)):
            raise TokenExpired(token.token, token.expires)
        if token.per_minute is not None:
            self._context.quotas.take(token.token, token.per_minute)
        return Actor(token.name, "http", token=token.token, scopes=of_token(map(Scope, token.scopes)))

    @needs(Scope.LOCAL)
    def create_token(
        self,
        name: str,
        actor: Actor,
        *,
        scopes: Iterable[str] = GRANTED,
        days: float = DAYS,
        per_minute: int | None = None,
    ) -> tuple[StoredToken, str]:
        """Makes a token; returns it with its secret text, which is shown this once. Raises BadName, BadLifetime,
        UnknownName."""
        check_name("token", name)
        if not 0 < days <= MOST_DAYS:
            raise BadLifetime(days, MOST_DAYS)
        known = sorted(scope.value for scope in GRANTED)
        for scope in scopes:
            if scope not in known:
                raise UnknownName("scope", scope, known)
        now = datetime.now(UTC)
        token = StoredToken(
            token=secrets.token_hex(4),
            name=name,
            scopes=tuple(sorted(set(scopes))),
            per_minute=per_minute,
            created=_at(now),
            expires=_at(now + timedelta(days=days)),
        )
        text = f"{PREFIX}_{token.token}_{secrets.token_hex(_SECRET_BYTES)}"
        act = self._context.act(actor, "create-token", token=token.token, name=name, scopes=token.scopes, expires=token.expires)
        self._context.store.tokens.add(token, sha256(text.encode()), act)
        return token, text

    @needs(Scope.LOCAL)
    def tokens(self, actor: Actor) -> list[StoredToken]:
        """Lists all tokens that were ever made, without their secrets."""
        return self._context.store.tokens.all()

    @needs(Scope.LOCAL)
    def revoke_token(self, token: str, actor: Actor) -> None:
        """Revokes a token: the next request with it is refused. Raises TokenNotFound."""
        act = self._context.act(actor, "revoke-token", token=token)
        self._context.store.tokens.revoke(token, _at(datetime.now(UTC)), act)


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")  # tokens that are made in one second keep their order
