"""Pages take nothing from elsewhere, and no other site may show or read them."""

from __future__ import annotations

from biomatch.web import PAGE_HEADERS

POLICY = dict(part.split(" ", 1) for part in PAGE_HEADERS["Content-Security-Policy"].split("; "))


def test_what_the_policy_does_not_name_is_forbidden() -> None:
    assert POLICY["default-src"] == "'none'"


def test_scripts_styles_and_requests_are_the_service_s_own() -> None:
    assert {POLICY[kind] for kind in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert "unsafe" not in PAGE_HEADERS["Content-Security-Policy"]


def test_no_other_site_frames_a_page_or_gets_its_forms() -> None:
    assert {POLICY[kind] for kind in ("frame-ancestors", "form-action", "base-uri")} == {"'none'"}
    assert PAGE_HEADERS["Cross-Origin-Resource-Policy"] == "same-origin"
