"""Errors about persons who sign in."""

from __future__ import annotations

from biomatch.errors.base import BadInput, Conflict, NotFound
from biomatch.errors.requests import TokenRefused


class PasswordTooWeak(BadInput):
    code = "password-too-weak"

    def __init__(self, reason: str):
        super().__init__(f"the password is too easy to guess: {reason}; take a sentence that only you know", reason=reason)


class UserExists(Conflict):
    code = "user-exists"

    def __init__(self, user: str):
        super().__init__(f"user '{user}' is there, or was; names are never given again: take another one", user=user)


class UserNotFound(NotFound):
    code = "user-not-found"

    def __init__(self, user: str):
        super().__init__(f"there is no user '{user}'; `biomatch user list` shows them", user=user)


class LastAdministrator(Conflict):
    code = "last-administrator"

    def __init__(self, user: str):
        super().__init__(f"'{user}' is the last administrator; give another user that role first", user=user)


class SignInRefused(TokenRefused):
    code = "sign-in-refused"

    def __init__(self) -> None:
        super().__init__("name, password and code do not belong together; try again with the next code")


class UserGone(TokenRefused):
    code = "user-gone"

    def __init__(self, user: str):
        super().__init__(f"user '{user}' has ended here; ask an administrator", user=user)


class UsersOnly(BadInput):
    code = "users-only"

    def __init__(self, name: str):
        super().__init__(
            f"{name} is no user, and only users have sessions and passkeys of their own; sign in with a user's name", name=name
        )


class SessionNotFound(NotFound):
    code = "session-not-found"

    def __init__(self, session: str):
        super().__init__(f"you have no session '{session}'; it may have ended: list your sessions again", session=session)


class SignInTooOld(BadInput):
    code = "sign-in-too-old"

    def __init__(self, minutes: int):
        super().__init__(
            f"this needs a sign-in of the last {minutes} minutes; sign in again with password and one-time code "
            "(POST /session/fresh), and repeat it",
            minutes=minutes,
        )


class OwnRights(BadInput):
    code = "own-rights"

    def __init__(self, user: str):
        super().__init__(f"'{user}' is you, and nobody changes their own rights; ask another administrator", user=user)


class FourEyes(BadInput):
    code = "four-eyes"

    def __init__(self, user: str):
        super().__init__(f"you asked for the reset of '{user}' yourself; another administrator has to confirm it", user=user)


class ResetNotAsked(NotFound):
    code = "reset-not-asked"

    def __init__(self, user: str):
        super().__init__(
            f"no reset of '{user}' waits to be confirmed: it was never asked for, a change has withdrawn it, or a day is over; "
            "ask for it again",
            user=user,
        )
