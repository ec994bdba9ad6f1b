"""A page with a place for figures."""

import pytest


def _marked(name):
    return f"before\n<!-- figures: {name} -->\ntyped by hand\n<!-- end of figures -->\nafter\n"


@pytest.fixture(scope="session")
def marked():
    """marked(name): a page with something typed by hand where the table of this name is to be."""
    return _marked
