"""Errors of a request: its body cannot be read, its token is not good, or it must wait."""

from __future__ import annotations

from biomatch.errors.base import BadInput, NotFound, Unavailable


class BadRequest(BadInput):
    code = "bad-request"

    def __init__(self, reason: str):
        super().__init__(f"the request cannot be read: {reason}; /docs shows working ones", reason=reason)


class MalformedHttp(BadInput):
    code = "malformed-http"

    def __init__(self) -> None:
        super().__init__(
            "what came is not a request of HTTP/1.1: its first line, a header or the encoding of its body is wrong; "
            "send it with an ordinary HTTP client, and with Content-Length or in chunks"
        )


class HeadTooLarge(BadInput):
    code = "head-too-large"

    def __init__(self, limit: int):
        super().__init__(
            f"the request's first line and headers are larger than {limit:,} bytes; send fewer or shorter headers", limit=limit
        )


class UnknownField(BadInput):
    code = "unknown-field"

    def __init__(self, what: str, name: str, hint: str):
        super().__init__(f"there is no {what} '{name[:80]}'; {hint}", what=what, name=name[:80])


class UnsupportedBody(BadInput):
    code = "unsupported-body"

    def __init__(self, media_type: str):
        super().__init__(
            f"a body of type '{media_type}' is not read; send multipart/form-data, application/json, or the print itself "
            "as image/png or application/octet-stream",
            media_type=media_type,
        )


class BodyTooLarge(BadInput):
    code = "body-too-large"

    def __init__(self, limit: int):
        super().__init__(f"the body is larger than {limit:,} bytes; send fewer prints at once", limit=limit)


class ForeignOrigin(BadInput):
    code = "foreign-origin"

    def __init__(self, origin: str):
        super().__init__(
            f"requests under the name or from the page '{origin[:80]}' are refused; set BIOMATCH_NAMES if it is yours",
            origin=origin[:80],
        )


class TokenRefused(BadInput):
    """The token names no caller that is known."""

    code = "token-refused"


class TokenMissing(TokenRefused):
    code = "token-missing"

    def __init__(self) -> None:
        super().__init__(
            "this service asks who you are; send the header Authorization: Bearer TOKEN, "
            "or open the page at the address that `biomatch page` prints"
        )


class TokenUnknown(TokenRefused):
    code = "token-unknown"

    def __init__(self) -> None:
        super().__init__("the token is none of this bureau's; check that it is whole, or ask for another")


class TokenExpired(TokenRefused):
    code = "token-expired"

    def __init__(self, token: str, expired: str):
        super().__init__(f"token {token} expired at {expired}; ask for another", token=token, expired=expired)


class TokenRevoked(TokenRefused):
    code = "token-revoked"

    def __init__(self, token: str, revoked: str):
        super().__init__(f"token {token} was revoked at {revoked}; ask for another", token=token, revoked=revoked)


class SessionEnded(TokenRefused):
    code = "session-ended"

    def __init__(self) -> None:
        super().__init__("the page's session has ended; open the address that `biomatch page` prints, or enter with a token")


class CodeRefused(TokenRefused):
    code = "code-refused"

    def __init__(self) -> None:
        super().__init__("this address was used already, or is too old; `biomatch page` prints another")


class NotAllowed(BadInput):
    code = "not-allowed"

    def __init__(self, name: str, scope: str):
        super().__init__(
            f"{name} may not do this: the scope {scope} is needed; ask for a token or a role that has it", scope=scope
        )


class OpenToAll(BadInput):
    code = "open-to-all"

    def __init__(self, host: str):
        super().__init__(
            f"whoever reaches {host} could read and change the gallery; serve it without --open, or listen on 127.0.0.1",
            host=host,
        )


class SeveralServers(BadInput):
    code = "several-servers"

    def __init__(self, count: str):
        super().__init__(
            f"WEB_CONCURRENCY asks for {count} server processes, and one process owns a gallery; take it out of the "
            "environment: prints are extracted in BIOMATCH_WORKERS processes, and searches run in threads",
            count=count,
        )


class CannotListen(Unavailable):
    code = "cannot-listen"

    def __init__(self, host: str, port: int, reason: str):
        super().__init__(
            f"the service cannot listen on {host}, port {port}: {reason}; choose another with --host or --port, or stop what "
            "listens there",
            host=host,
            port=port,
            reason=reason,
        )


class TokenNotFound(NotFound):
    code = "token-not-found"

    def __init__(self, token: str):
        super().__init__(f"there is no token '{token}'; `biomatch token list` shows them", token=token)


class BodyTooSlow(BadInput):
    code = "body-too-slow"

    def __init__(self, seconds: float):
        super().__init__(f"the request's body did not come within {seconds:g} s; send less at once", seconds=seconds)


class NotReady(Unavailable):
    code = "not-ready"

    def __init__(self, reason: str):
        super().__init__(f"requests should go elsewhere for now: {reason}; ask again in a moment", reason=reason)


class TooBusy(Unavailable):
    code = "too-busy"

    def __init__(self, limit: int, what: str, share: int):
        super().__init__(
            f"{limit:,} {what} at a time, of one caller {share:,}; send this one again in a moment", limit=limit, share=share
        )


class TooManyTries(Unavailable):
    code = "too-many-tries"

    def __init__(self, per_minute: int, retry_after: int):
        super().__init__(
            f"more than {per_minute} wrong codes and tokens came within a minute; wait {retry_after} s",
            per_minute=per_minute,
            retry_after=retry_after,
        )


class QuotaSpent(Unavailable):
    code = "quota-spent"

    def __init__(self, token: str, per_minute: int, retry_after: int):
        super().__init__(
            f"token {token} has made its {per_minute} requests a minute; wait {retry_after} s",
            token=token,
            per_minute=per_minute,
            retry_after=retry_after,
        )


class DeadlinePassed(Unavailable):
    code = "deadline-passed"

    def __init__(self, seconds: float):
        super().__init__(
            f"the request was not done within {seconds:g} s, and what was left of it was dropped; send it again when there is "
            "less to do, a write with the same idempotency key",
            seconds=seconds,
        )
