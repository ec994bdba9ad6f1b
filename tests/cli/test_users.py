"""Users on the command line."""

import json
import time
from urllib.parse import parse_qs, urlparse

import pyotp
import pytest

from biomatch.bureau import open_gallery
from biomatch.bureau.access.policy import POLICY
from biomatch.cli import Exit

PASSWORD = "seven red kites over the river"


@pytest.fixture
def user(biomatch, tmp_path):
    """Runs `biomatch user` on a gallery that is there, with a file of the password."""
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    biomatch("init", "--gallery", tmp_path / "gallery")

    def run(verb, *arguments):
        return biomatch("user", verb, *arguments, "--gallery", tmp_path / "gallery")

    return run


def test_a_user_is_made_changed_reset_and_ended(user, tmp_path):
    given = ("--password-file", tmp_path / "password")
    made = json.loads(user("create", "ada", "--role", "examiner", "--role", "verifier", *given, "--json").out)
    secret = parse_qs(urlparse(made["address"]).query)["secret"][0]
    assert (made["name"], made["roles"], made["ends"]) == ("ada", ["examiner", "verifier"], None)
    with open_gallery(tmp_path / "gallery", workers=1) as bureau:
        bureau.access.enter_with_password("ada", PASSWORD, pyotp.TOTP(secret).at(int(time.time())))
    assert user("change", "ada", "--role", "auditor", "--display", "Ada Field").out == "user ada, Ada Field: auditor\n"
    assert user("change", "ada", "--until", "2099-03-31").code == 0
    assert json.loads(user("list", "--json").out)[0]["ends"] == "2099-04-01T00:00:00.000+00:00"
    again = user("reset", "ada", *given)
    assert again.out.startswith("otpauth://totp/biomatch:ada?secret=")
    assert secret not in again.out
    assert "not shown again" in again.err
    assert "ended" in user("end", "ada").out
    (listed,) = json.loads(user("list", "--json").out)
    assert (listed["display"], listed["roles"]) == ("Ada Field", ["auditor"])
    assert listed["ends"] < "2099"
    assert "Ada Field" in user("list").out
    assert PASSWORD not in user("list").out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("create", "ada"), Exit.BAD_INPUT, "no role"),
        (("create", "ada", "--role", "emperor"), Exit.BAD_INPUT, "examiner"),
        (("end", "eve"), Exit.NOT_FOUND, "user list"),
    ],
)
def test_what_cannot_be_done_says_why(user, tmp_path, arguments, code, words):
    given = ("--password-file", tmp_path / "password") if arguments[0] == "create" else ()
    ran = user(*arguments, *given)
    assert ran.code == code
    assert words in " ".join(ran.err.split())


def test_a_password_that_is_no_text_is_refused(user, tmp_path):
    (tmp_path / "password").write_bytes(b"\xff\xfe\x00 not a text at all")
    ran = user("create", "ada", "--role", "examiner", "--password-file", tmp_path / "password")
    assert ran.code == Exit.BAD_INPUT
    assert "UTF-8" in ran.err


def test_the_roles_are_shown(biomatch):
    told = json.loads(biomatch("user", "roles", "--json").out)
    assert list(told) == [role.value for role in POLICY]
    assert all(told[role.value]["scopes"] for role in POLICY)
    assert "supervisor" in biomatch("user", "roles").out
