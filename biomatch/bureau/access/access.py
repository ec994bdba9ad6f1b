"""All use cases of access."""

from __future__ import annotations

from biomatch.bureau.access.passkeys import Passkeys
from biomatch.bureau.access.purpose import Purpose
from biomatch.bureau.access.tokens import Tokens
from biomatch.bureau.access.users import Users
from biomatch.bureau.access.visits import Visits
from biomatch.bureau.context import Context


class Access:
    """Lets people and programs in, and says what they have to tell."""

    def __init__(self, context: Context):
        self._tokens = tokens = Tokens(context)
        self.authenticate = tokens.authenticate
        self.admit = tokens.admit
        self.create_token = tokens.create_token
        self.tokens = tokens.tokens
        self.revoke_token = tokens.revoke_token

        self._users = users = Users(context)
        self.create_user = users.create_user
        self.users = users.users
        self.change_user = users.change_user
        self.end_user = users.end_user
        self.reset_user = users.reset_user
        self.ask_reset = users.ask_reset
        self.confirm_reset = users.confirm_reset
        self.resets = users.resets

        visits = Visits(context, tokens, users)
        self.serves_page_at = visits.serves_page_at
        self.page_address = visits.page_address
        self.enter_with_code = visits.enter_with_code
        self.enter_with_token = visits.enter_with_token
        self.enter_with_password = visits.enter_with_password
        self.sign_in_again = visits.sign_in_again
        self.visitor = visits.visitor
        self.leave = visits.leave
        self.own_sessions = visits.own_sessions
        self.end_own_session = visits.end_own_session
        self.end_other_sessions = visits.end_other_sessions

        passkeys = Passkeys(context, users)
        self.ask_for_passkey = passkeys.ask_for_passkey
        self.enter_with_passkey = passkeys.enter_with_passkey
        self.passkeys = passkeys.passkeys
        self.ask_for_new_passkey = passkeys.ask_for_new_passkey
        self.register_passkey = passkeys.register_passkey
        self.delete_passkey = passkeys.delete_passkey

        self.require_purpose = Purpose(context).require_purpose

    @property
    def guarded(self) -> bool:
        """True once there was a token or a user: from then on no setting opens the gallery to everybody."""
        return self._tokens.guarded or self._users.any
