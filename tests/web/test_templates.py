"""Templates escape what is put into them, and find the shared layout."""

from __future__ import annotations

from biomatch.web import open_templates
from biomatch.web.templates import code


def test_a_page_extends_the_shared_layout() -> None:
    page = open_templates("biomatch.service").from_string(
        '{% extends "layout.html" %}{% block body %}{{ words }}{% endblock %}'
    )
    text = page.render(words="<b>")
    assert "/static/style.css" in text
    assert "&lt;b&gt;" in text
    assert "<b>" not in text


def test_a_room_s_own_pages_are_found() -> None:
    assert {"layout.html", "search.html", "manual.html"} <= set(open_templates("biomatch.service").list_templates())


def test_words_between_backticks_are_code_and_all_of_them_are_escaped() -> None:
    assert code("send `a < b` & wait") == "send <code>a &lt; b</code> &amp; wait"
    assert code("no code") == "no code"
