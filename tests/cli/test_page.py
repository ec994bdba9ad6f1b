"""biomatch page: an address that opens the page once."""

import re

from biomatch.bureau import open_gallery
from biomatch.cli.console import Exit


def test_a_page_that_nobody_serves_has_no_address(biomatch, gallery):
    ran = biomatch("page", "-g", gallery)
    assert (ran.code, ran.out) == (Exit.CONFLICT, "")
    assert f"biomatch serve --gallery {gallery}" in ran.err
    assert biomatch("page", "-g", gallery, "--json").json["error"]["code"] == "not-served"


def test_the_address_is_all_that_is_printed(biomatch, gallery):
    """So that a shell can hand it on; each opens the page once."""
    with open_gallery(gallery, workers=1, answer=True) as bureau:
        bureau.access.serves_page_at("http://[::1]:8000/")
        said, told = biomatch("page", "-g", gallery).out, biomatch("page", "-g", gallery, "--json").json
    assert re.fullmatch(r"http://\[::1\]:8000/#code=[\w-]+\n", said)
    assert told.keys() == {"address"}
    assert told["address"] != said.strip()


def test_no_gallery_is_made_to_show_its_page(biomatch, tmp_path):
    assert biomatch("page", "-g", tmp_path / "none").code == Exit.NOT_FOUND
    assert not (tmp_path / "none").exists()
