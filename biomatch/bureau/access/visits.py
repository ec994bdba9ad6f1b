"""Lets a person at a browser in to the page, by an address with a one-time code or by a token, and out again."""

from __future__ import annotations

from dataclasses import replace

from biomatch.bureau.access.sessions import OwnSession, Visitor
from biomatch.bureau.access.tokens import Tokens
from biomatch.bureau.access.users import Users, user_of
from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.scopes import Scope, needs
from biomatch.errors import CodeRefused, NotServed, SessionNotFound, TokenRefused

PAGE = frozenset((Scope.ENCOUNTER_READ, Scope.GALLERY_READ, Scope.IDENTIFY, Scope.QUALITY_READ, Scope.VERIFY))
"""Lets the page work: who came by a code may do that, and export or change nothing. A token's session has the token's
scopes."""


class Visits:
    """Opens and ends sessions of the page."""

    def __init__(self, context: Context, tokens: Tokens, users: Users):
        self._context, self._tokens, self._users = context, tokens, users
        self._page = ""

    def serves_page_at(self, address: str) -> None:
        """Notes where the service says that its page is, such as http://127.0.0.1:8000/."""
        self._page = address

    @needs(Scope.LOCAL)
    def page_address(self, actor: Actor) -> str:
        """Makes an address that opens the page, once, within a quarter of an hour, in the name of the actor. Raises NotServed.

        The code is in the fragment, which a browser sends to nobody: it stands in no log.
        """
        if not self._page:
            raise NotServed(str(self._context.folder))
        return f"{self._page}#code={self._context.sessions.new_code(Visitor(actor.name))}"

    def enter_with_code(self, code: str, peer: str = "") -> str:
        """Opens a session by a code, and returns its secret. Raises CodeRefused, TooManyTries.

        A good code is taken however many wrong ones came before it: nobody guesses 256 bits, and nobody is locked out.
        """
        try:
            visitor = self._context.sessions.redeem(code)
        except CodeRefused:
            self._context.sessions.count_wrong(peer)
            raise
        return self._context.sessions.begin(visitor, peer)

    def enter_with_token(self, text: str, peer: str = "") -> str:
        """Opens a session by a token, and returns its secret; the session ends with the token. Raises TokenRefused, QuotaSpent,
        TooManyTries.

        A good token is taken like a good code.
        """
        try:
            actor = self._tokens.authenticate(text)
        except TokenRefused:
            self._context.sessions.count_wrong(peer)
            raise
        return self._context.sessions.begin(Visitor(actor.name, actor.token), peer)

    def enter_with_password(self, name: str, password: str, code: str, peer: str = "") -> str:
        """Opens a session of a user by a password and a one-time code, and returns its secret. Raises SignInRefused, UserGone,
        TooManyTries, TooBusy.

        Tries are counted before anything is hashed: whoever guesses takes no time of others.
        """
        self._context.guesses.refuse(peer, name)
        self._users.sign_in(name, password, code)
        self._context.guesses.trust(peer, name)
        return self._context.sessions.begin(Visitor(name, user=name), peer)

    def sign_in_again(self, actor: Actor, secret: str, password: str, code: str, peer: str = "") -> None:
        """Notes that the user of a session has given password and one-time code again. Raises UsersOnly, SignInRefused,
        UserGone, SessionEnded, TooManyTries, TooBusy."""
        name = user_of(actor)
        self._context.guesses.refuse(peer, name)
        self._users.sign_in(name, password, code)
        self._context.guesses.trust(peer, name)
        self._context.sessions.renew(secret)

    def visitor(self, secret: str) -> Actor:
        """Returns the actor for whom a session stands, as of now. Raises TokenRefused, QuotaSpent."""
        found = self._context.sessions.visitor(secret)
        if found.user:
            return replace(self._users.admit(found.user), fresh=self._context.sessions.is_fresh(secret))
        return self._tokens.admit(found.token) if found.token else Actor(found.name, "page", scopes=PAGE)

    def leave(self, secret: str) -> None:
        """Ends a session."""
        self._context.sessions.end(secret)

    def own_sessions(self, actor: Actor, secret: str) -> list[OwnSession]:
        """Lists the sessions of a user. secret: of the session that asks. Raises UsersOnly."""
        return self._context.sessions.of_user(user_of(actor), secret)

    def end_own_session(self, name: str, actor: Actor) -> None:
        """Ends a session of a user, by the name that the list shows. Raises UsersOnly, SessionNotFound."""
        if not self._context.sessions.end_named(user_of(actor), name):
            raise SessionNotFound(name)

    def end_other_sessions(self, actor: Actor, secret: str) -> None:
        """Ends all sessions of a user but the one that asks. Raises UsersOnly."""
        self._context.sessions.end_of(user_of(actor), but=secret)
