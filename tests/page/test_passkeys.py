"""A user registers a passkey in a real browser, leaves, and signs in by it alone. The browser's own authenticator holds it."""

import time
from urllib.parse import parse_qs, urlparse

import pyotp
from playwright.sync_api import expect

from biomatch.bureau import open_gallery
from tests.page.conftest import ME, PATIENCE
from tests.page.test_search_page import shoot

PASSWORD = "seven red kites over the river"
HELD = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
}  # fmt: skip


def test_a_passkey_is_registered_used_and_deleted(browser, serve, tmp_path):
    folder = tmp_path / "bureau"
    with open_gallery(folder, workers=1) as bureau:
        made = bureau.access.create_user("ada", ME, password=PASSWORD, roles=["examiner"])
    codes = pyotp.TOTP(parse_qs(urlparse(made.address).query)["secret"][0])
    with serve(folder) as server:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        devices = page.context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": HELD | {"automaticPresenceSimulation": True}})
        page.goto(server.url.replace("127.0.0.1", "localhost"))
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("One-time code").fill(codes.at(int(time.time())))
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Passkeys").click()
        page.get_by_label("Call the new passkey").fill("key at the desk")
        page.get_by_role("button", name="Register").click()
        expect(page.locator("#passkeys-list li")).to_contain_text("key at the desk")
        expect(page.locator("#passkeys-list li")).to_contain_text("never used")
        shoot(page, "passkeys")
        page.get_by_label("Call the new passkey").fill("the same again")
        page.get_by_role("button", name="Register").click()
        expect(page.locator("#passkeys-alarm")).to_contain_text("holds a passkey of yours already")
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        shoot(page, "passkeys-narrow")
        page.set_viewport_size({"width": 1366, "height": 768})
        page.get_by_role("button", name="Close").click()
        page.get_by_role("button", name="Leave").click()
        expect(page.locator("#gate")).to_be_visible()
        shoot(page, "gate-with-passkey")
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.locator("#who")).to_contain_text("ada")
        page.get_by_role("button", name="Passkeys").click()
        expect(page.locator("#passkeys-list li")).to_contain_text("used")
        page.get_by_role("button", name="Delete key at the desk").click()
        expect(page.locator("#passkeys-list li")).to_have_count(0)
        page.get_by_role("button", name="Close").click()
        page.get_by_role("button", name="Leave").click()
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.locator("#gate-alarm")).to_contain_text("opens nothing here")
        devices.send("WebAuthn.setUserVerified", {"authenticatorId": device["authenticatorId"], "isUserVerified": False})
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.locator("#gate-alarm")).to_contain_text("No passkey was used")
        page.close()
