"""The content of requests and answers about users."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from biomatch.bureau import NewUser
from biomatch.service.schemas.fields import In, Model
from biomatch.store import StoredUser

_Text = Annotated[str, Field(min_length=1, max_length=200)]
_Roles = Annotated[list[_Text], Field(max_length=100)]
_LastDay = Annotated[date | None, Field(description="the last day, in UTC")]


class UserIn(In):
    """A new user. display: the name that others see; the name itself where nothing is said."""

    name: _Text
    password: _Text
    roles: _Roles
    display: _Text | None = None
    until: _LastDay = None


class UserChangeIn(In):
    """A change of a user; what is left out stays."""

    roles: _Roles | None = None
    display: _Text | None = None
    until: _LastDay = None


class ResetIn(In):
    """The password that a user gets when another administrator has confirmed it."""

    password: _Text


class UserOut(Model):
    """A user. ends: when, or when it was; reset_asked_by: the administrator whose reset of this user waits to be confirmed."""

    name: str
    display: str
    roles: list[str]
    created: str
    ends: str | None = None
    reset_asked_by: str | None = None

    @classmethod
    def of(cls, user: StoredUser, asked_by: str | None = None) -> UserOut:
        return cls(
            name=user.name,
            display=user.display,
            roles=list(user.roles),
            created=user.created,
            ends=user.ends,
            reset_asked_by=asked_by,
        )


class NewUserOut(Model):
    """A user, and the address from which an authenticator program makes one-time codes: it is shown this once."""

    user: UserOut
    address: str

    @classmethod
    def of_new(cls, made: NewUser) -> NewUserOut:
        return cls(user=UserOut.of(made.user), address=made.address)
