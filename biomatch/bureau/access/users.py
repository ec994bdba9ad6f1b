"""Makes, changes and ends users, and lets them sign in."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from biomatch.bureau.access import sign_in
from biomatch.bureau.access.policy import Role, scopes_of
from biomatch.bureau.cases import OF_USER, Actor
from biomatch.bureau.context import Context
from biomatch.bureau.entries import check_name
from biomatch.bureau.scopes import Scope, needs
from biomatch.errors import (
    LastAdministrator,
    NothingGiven,
    OwnRights,
    ResetNotAsked,
    SignInRefused,
    UnknownName,
    UserExists,
    UserGone,
    UserNotFound,
    UsersOnly,
)
from biomatch.store import Secrets, StoredUser


@dataclass(frozen=True)
class NewUser:
    """user: as it was made; address: for an authenticator program, which makes one-time codes from it; shown this once."""

    user: StoredUser
    address: str


class Users:
    """Keeps the persons who sign in. A name is never given to somebody else: past acts in the audit tree name it."""

    def __init__(self, context: Context):
        self._context = context
        self._turn = threading.Lock()  # a user is looked at and written in one

    @property
    def turn(self) -> threading.Lock:
        """Held while somebody looks at a user, or at what they sign in with, and writes it."""
        return self._turn

    @property
    def any(self) -> bool:
        """True once there was a user."""
        return self._context.store.users.any()

    @needs(Scope.USER_WRITE)
    def create_user(
        self, name: str, actor: Actor, *, password: str, roles: Iterable[str], display: str = "", until: date | None = None
    ) -> NewUser:
        """Makes a user. until: the last day, in UTC; None: there is none. Raises BadName, UserExists, PasswordTooWeak,
        UnknownName, NothingGiven."""
        check_name("user", name)
        sign_in.check_password(password, name)
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        user = StoredUser(name, display or name, _checked(roles), now, _end_of(until))
        with self._turn:
            if self._context.store.users.was_given(name):
                raise UserExists(name)
            return self._put(user, password, "create-user", actor)

    @needs(Scope.USER_READ)
    def users(self, actor: Actor) -> list[StoredUser]:
        """Lists all users that were ever made."""
        return self._context.store.users.all()

    @needs(Scope.USER_WRITE)
    def change_user(
        self,
        name: str,
        actor: Actor,
        *,
        roles: Iterable[str] | None = None,
        display: str | None = None,
        until: date | None = None,
    ) -> StoredUser:
        """Changes a user's roles, the name that others see, or the last day. Raises UserNotFound, UnknownName, NothingGiven,
        LastAdministrator; OwnRights: the user is the asker."""
        _check_another(name, actor)
        with self._turn:
            known, secrets = self._known(name)
            changed = known if roles is None else replace(known, roles=_checked(roles))
            changed = changed if display is None else replace(changed, display=display)
            changed = changed if until is None else replace(changed, ends=_end_of(until))
            self._keep_an_administrator(changed)
            self._write(changed, secrets, "change-user", actor)
        return changed

    @needs(Scope.USER_WRITE)
    def end_user(self, name: str, actor: Actor) -> StoredUser:
        """Ends a user: their sessions end with the next request. Raises UserNotFound, LastAdministrator, OwnRights."""
        _check_another(name, actor)
        with self._turn:
            known, secrets = self._known(name)
            ended = replace(known, ends=datetime.now(UTC).isoformat(timespec="milliseconds"))
            self._keep_an_administrator(ended)
            self._write(ended, secrets, "change-user", actor)
        return ended

    @needs(Scope.LOCAL)
    def reset_user(self, name: str, actor: Actor, *, password: str) -> NewUser:
        """Gives a user another password and another secret of one-time codes; ends their sessions, and deletes their passkeys.
        Raises UserNotFound, PasswordTooWeak."""
        sign_in.check_password(password, name)
        with self._turn:
            known, _ = self._known(name)
            self._delete_passkeys(name, actor)  # first: a kill leaves no door open that was to be shut
            made = self._put(known, password, "change-user", actor)
        self._context.sessions.end_of(name)
        return made

    @needs(Scope.USER_WRITE)
    def ask_reset(self, name: str, actor: Actor, *, password: str) -> None:
        """Asks for a user's reset. Nothing changes until another administrator confirms it. Raises UsersOnly, UserNotFound,
        PasswordTooWeak, OwnRights."""
        asker = user_of(actor)
        _check_another(name, actor)
        sign_in.check_password(password, name)
        self._known(name)
        hashed = self._context.sign_in.hashed(password)
        self._context.store.audit.record(self._context.act(actor, "ask-reset", user=name))
        self._context.resets.ask(name, asker, hashed)

    @needs(Scope.USER_WRITE)
    def confirm_reset(self, name: str, actor: Actor) -> NewUser:
        """Allows a reset that another administrator asked for, and does it. The password is the one that they gave, and whoever
        confirms gets the address of the codes, so that neither has both. Ends the user's sessions. Raises UsersOnly,
        UserNotFound, ResetNotAsked, FourEyes, OwnRights."""
        _check_another(name, actor)
        with self._turn:
            known, _ = self._known(name)
            asked = self._context.resets.asked(name, user_of(actor))
            if not _administers(self._known(asked.by)[0]):
                raise ResetNotAsked(name)
            secret = sign_in.new_secret()
            self._write(known, Secrets(asked.password, secret), "change-user", actor, asked_by=asked.by)
        self._context.sessions.end_of(name)
        return NewUser(known, sign_in.address_of(secret, name))

    @needs(Scope.USER_READ)
    def resets(self, actor: Actor) -> dict[str, str]:
        """Lists the users whose reset waits to be confirmed, with who asked for it."""
        return {user: asked.by for user, asked in self._context.resets.all().items()}

    def sign_in(self, name: str, password: str, code: str) -> None:
        """Checks what a person signs in with; which part was wrong is not said. Raises SignInRefused, UserGone, TooBusy."""
        found = self._context.store.users.find(name)
        known = None if found is None else (found[1].password, found[1].one_time)
        if not self._context.sign_in.is_right(name, password, code, known):
            raise SignInRefused
        self.admit(name)

    def admit(self, name: str) -> Actor:
        """Returns the actor for whom a user who signed in stands, as of now. Raises UserGone."""
        found = self._context.store.users.find(name)
        if found is None or _has_ended(found[0]):
            raise UserGone(name)
        return Actor(name, "page", token=f"{OF_USER}{name}", scopes=scopes_of(found[0].roles))

    def display_of(self, name: str) -> str:
        """Returns the name that others see. Raises UserNotFound."""
        return self._known(name)[0].display

    def _delete_passkeys(self, name: str, actor: Actor) -> None:
        """Deletes a user's passkeys, and those that are being registered."""
        self._context.challenges.forget(name)
        if found := [one.credential for one in self._context.store.passkeys.of(name)]:
            self._context.store.passkeys.remove(found, self._context.act(actor, "delete-passkeys", user=name))

    def _put(self, user: StoredUser, password: str, kind: str, actor: Actor) -> NewUser:
        secret = sign_in.new_secret()
        self._write(user, Secrets(self._context.sign_in.hashed(password), secret), kind, actor)
        return NewUser(user, sign_in.address_of(secret, user.name))

    def _write(self, user: StoredUser, secrets: Secrets, kind: str, actor: Actor, asked_by: str = "") -> None:
        """Writes a user. A reset that waits is withdrawn by it: whoever asked for it knew the user otherwise."""
        act = self._context.act(actor, kind, roles=user.roles, ends=user.ends)
        if asked_by:
            act = replace(act, details=act.details | {"asked_by": asked_by})
        self._context.store.users.put(user, secrets, act)
        self._context.resets.forget(user.name)

    def _known(self, name: str) -> tuple[StoredUser, Secrets]:
        found = self._context.store.users.find(name)
        if found is None:
            raise UserNotFound(name)
        return found

    def _keep_an_administrator(self, changed: StoredUser) -> None:
        """Raises LastAdministrator."""
        others = [one for one in self._context.store.users.all() if one.name != changed.name]
        before = self._known(changed.name)[0]
        if _administers(before) and not any(map(_administers, (*others, changed))):
            raise LastAdministrator(changed.name)


def user_of(actor: Actor) -> str:
    """Returns the user who asks. Raises UsersOnly."""
    if not actor.user:
        raise UsersOnly(actor.name)
    return actor.user


def _check_another(name: str, actor: Actor) -> None:
    """Raises OwnRights."""
    if name == actor.user:
        raise OwnRights(name)


def _end_of(day: date | None) -> str | None:
    """Returns the moment at which a day is over."""
    return None if day is None else datetime.combine(day + timedelta(days=1), time(), UTC).isoformat(timespec="milliseconds")


def _administers(user: StoredUser) -> bool:
    return Role.ADMINISTRATOR in user.roles and not _has_ended(user)


def _has_ended(user: StoredUser) -> bool:
    return user.ends is not None and user.ends <= datetime.now(UTC).isoformat(timespec="milliseconds")


def _checked(roles: Iterable[str]) -> tuple[str, ...]:
    """Raises UnknownName, NothingGiven."""
    found, known = sorted(set(roles)), [role.value for role in Role]
    for role in found:
        if role not in known:
            raise UnknownName("role", role, known)
    if not found:
        raise NothingGiven("role")
    return tuple(found)
