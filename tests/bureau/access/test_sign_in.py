"""A password and a one-time code: both right, in their time, and the code once."""

import time
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest

from biomatch.bureau.access import sign_in
from biomatch.bureau.access.sign_in import MOST_WAITING, SignIn
from biomatch.errors import PasswordTooWeak, TooBusy

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "seven red kites over the river"
NOW = 1_800_000_015


@pytest.fixture(scope="module")
def known():
    return SignIn().hashed(PASSWORD), SECRET


def code(at=NOW):
    return pyotp.TOTP(SECRET).at(at)


def test_both_must_be_right(known):
    def right(*given):
        return SignIn(lambda: NOW).is_right("ada", *given, known)

    assert right(PASSWORD, code())
    assert not right("another", code())
    assert not right(PASSWORD, "000000" if code() != "000000" else "000001")
    assert not right(PASSWORD, "")


def test_a_code_is_taken_once_and_none_before_it(known):
    checks = SignIn(lambda: NOW)
    assert checks.is_right("ada", PASSWORD, code(), known)
    assert not checks.is_right("ada", PASSWORD, code(), known)
    assert not checks.is_right("ada", PASSWORD, code(NOW - 30), known)
    assert checks.is_right("ada", PASSWORD, code(NOW + 30), known)
    assert checks.is_right("ben", PASSWORD, code(), known)


@pytest.mark.parametrize(("off", "taken"), [(-60, False), (-30, True), (30, True), (60, False), (300, False)])
def test_a_clock_may_be_off_by_half_a_minute(known, off, taken):
    assert SignIn(lambda: NOW).is_right("ada", PASSWORD, code(NOW + off), known) is taken


def test_a_wrong_code_does_not_use_up_the_right_one(known):
    checks = SignIn(lambda: NOW)
    assert not checks.is_right("ada", "another", code(), known)
    assert checks.is_right("ada", PASSWORD, code(), known)


def test_so_many_wait_and_the_next_is_sent_away(known):
    checks = SignIn(lambda: NOW)
    with checks._one, ThreadPoolExecutor(MOST_WAITING) as pool:
        waiting = [pool.submit(checks.is_right, f"user {n}", PASSWORD, code(), known) for n in range(MOST_WAITING)]
        while checks._room._value:
            time.sleep(0.001)
        with pytest.raises(TooBusy):
            checks.is_right("ada", PASSWORD, code(), known)
        checks._one.release()
        assert all(one.result() for one in waiting)
        checks._one.acquire()
    assert checks.is_right("ada", PASSWORD, code(), known)


def test_nobody_has_no_password():
    checks = SignIn(lambda: NOW)
    assert not checks.is_right("eve", PASSWORD, code(), None)


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaaaa", "I am Ada Field here", "x" * 201])
def test_what_is_guessed_easily_is_refused(password):
    with pytest.raises(PasswordTooWeak):
        sign_in.check_password(password, "ada field")
    sign_in.check_password(PASSWORD, "ada field")


def test_the_address_is_read_by_authenticator_programs():
    read = pyotp.parse_uri(sign_in.address_of(SECRET, "ada@post 3"))
    assert (read.secret, read.name, read.issuer) == (SECRET, "ada@post 3", "biomatch")
