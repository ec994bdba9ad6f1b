"""Users sign in by passkeys, and keep their own."""

from __future__ import annotations

import hmac
import logging
from datetime import UTC, datetime
from typing import Any

from biomatch.bureau.access import webauthn
from biomatch.bureau.access.sessions import Visitor
from biomatch.bureau.access.users import Users, user_of
from biomatch.bureau.access.webauthn import Site
from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.entries import check_name
from biomatch.errors import (
    BadPasskey,
    PasskeyCopied,
    PasskeyExists,
    PasskeyNotFound,
    PasskeyRefused,
    TooManyPasskeys,
)
from biomatch.store import StoredPasskey

MOST = 10  # passkeys of one user

_log = logging.getLogger(__name__)


class Passkeys:
    """An answer is a PublicKeyCredential as JSON (WebAuthn, toJSON): it comes from outside, and may be anything."""

    def __init__(self, context: Context, users: Users):
        self._context, self._users = context, users

    def ask_for_passkey(self, site: Site, peer: str) -> dict[str, Any]:
        """Returns what a browser is asked for somebody who signs in: it is the same for everybody."""
        return webauthn.to_sign_in(site, self._context.challenges.new(peer))

    def enter_with_passkey(self, answer: dict[str, Any], site: Site, peer: str) -> str:
        """Opens a session of a user by a passkey, and returns its secret. Raises PasskeyRefused, PasskeyLate, PasskeyCopied,
        UserGone, TooManyTries.

        Whether there is such a user, or such a passkey, is told to nobody but who has it.
        """
        self._context.guesses.refuse_peer(peer)
        challenge = webauthn.challenge_in(answer)
        self._context.challenges.take(challenge)
        passkey = self._found(answer)
        count = webauthn.count_in(answer, site, challenge, passkey.public_key)
        self._note_use(passkey, count)
        self._context.guesses.trust(peer, passkey.user)
        secret = self._context.sessions.begin(Visitor(passkey.user, user=passkey.user))
        if self._context.store.passkeys.find(passkey.credential) is None:  # deleted meanwhile, with the user's sessions
            self._context.sessions.end(secret)
            raise PasskeyRefused
        return secret

    def passkeys(self, actor: Actor) -> list[StoredPasskey]:
        """Lists the actor's own, the oldest first. Raises UsersOnly."""
        return self._context.store.passkeys.of(user_of(actor))

    def ask_for_new_passkey(self, actor: Actor, site: Site, peer: str) -> dict[str, Any]:
        """Returns what a browser is asked for a new passkey of the actor. Raises UsersOnly, TooManyPasskeys."""
        user = user_of(actor)
        known = [one.credential for one in self._context.store.passkeys.of(user)]
        if len(known) >= MOST:
            raise TooManyPasskeys(MOST)
        challenge, handle = self._context.challenges.new(peer, user), self._context.store.passkeys.handle_of(user)
        return webauthn.to_register(site, challenge, user, self._users.display_of(user), handle, known)

    def register_passkey(self, name: str, answer: dict[str, Any], actor: Actor, site: Site) -> StoredPasskey:
        """Takes a new passkey, durable on return. Raises BadName, BadPasskey, PasskeyLate, PasskeyExists, TooManyPasskeys,
        UsersOnly, UserGone."""
        user, store = user_of(actor), self._context.store.passkeys
        check_name("passkey", name)
        challenge = _challenge_of_new(answer)
        with self._users.turn:
            self._context.challenges.take(challenge, user)
            self._users.admit(user)
            made = webauthn.made(answer, site, challenge)
            if store.find(made.credential) is not None:
                raise PasskeyExists(name)
            if len(store.of(user)) >= MOST:
                raise TooManyPasskeys(MOST)
            passkey = StoredPasskey(made.credential, user, name, made.public_key, _now(), made.count)
            store.add(passkey, self._context.act(actor, "create-passkey"))
        return passkey

    def delete_passkey(self, credential: str, actor: Actor) -> None:
        """Deletes one of the actor's own. Raises PasskeyNotFound, UsersOnly."""
        user, store = user_of(actor), self._context.store.passkeys
        with self._users.turn:
            found = store.find(credential)
            if found is None or found.user != user:
                raise PasskeyNotFound(credential)
            store.remove([credential], self._context.act(actor, "delete-passkeys", user=user))

    def _found(self, answer: dict[str, Any]) -> StoredPasskey:
        """Returns the passkey that an answer names, if it says that it is its user's. Raises PasskeyRefused."""
        name, handle = answer.get("id"), webauthn.handle_in(answer)
        passkey = self._context.store.passkeys.find(name) if isinstance(name, str) else None
        if passkey is None or not hmac.compare_digest(handle, self._context.store.passkeys.handle_of(passkey.user)):
            raise PasskeyRefused
        return passkey

    def _note_use(self, passkey: StoredPasskey, count: int) -> None:
        """Raises PasskeyRefused: it was deleted meanwhile; PasskeyCopied, UserGone."""
        with self._users.turn:
            known = self._context.store.passkeys.find(passkey.credential)
            if known is None:
                raise PasskeyRefused
            self._users.admit(known.user)
            if (count or known.count) and count <= known.count:
                _log.warning("a passkey counts fewer uses than before: there may be a copy of it")
                raise PasskeyCopied
            self._context.store.passkeys.note_use(known, count, _now())


def _challenge_of_new(answer: dict[str, Any]) -> bytes:
    """Raises BadPasskey."""
    try:
        return webauthn.challenge_in(answer)
    except PasskeyRefused:
        raise BadPasskey("the answer does not read") from None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
