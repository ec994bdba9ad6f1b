"""What is kept of the uploads of a request: each print once, and a receipt for each that came."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.bureau.encounters.extraction import contradiction, extract, templates_of
from biomatch.bureau.entries import new_entry
from biomatch.bureau.uploads import COPY
from biomatch.errors import FingersSwapped, NoFingerprint, NothingGiven
from biomatch.quality import NOTHING
from biomatch.synthesis import press_again, synthesise_templates
from biomatch.vocabulary import FingerPosition, ImpressionType


def test_a_copy_has_the_receipt_of_the_print_that_was_kept(bureau, image):
    made = extract(bureau._context, [image(1), image(2), image(1)])
    assert [upload.data for upload, _ in made.prints] == [image(1).data, image(2).data]
    assert list(made.of) == [0, 1, 0]
    entries = [new_entry("ada", "e", template, upload, frozenset()) for upload, template in made.prints]
    first, second, copy = made.receipts(entries)
    assert (first.print_id, second.print_id) == tuple(entry.print_id for entry in entries)
    assert (copy.print_id, copy.existed) == (first.print_id, True)
    assert COPY in copy.warnings
    assert COPY not in first.warnings
    assert bureau.pool.extracted == 2


def test_a_request_without_a_print_is_refused(bureau):
    with pytest.raises(NothingGiven):
        extract(bureau._context, [])


def test_an_image_that_shows_no_print_is_no_print_but_a_latent_is_the_examiners(bureau, image, monkeypatch):
    workshop, each = bureau._context.workshop, bureau._context.workshop.each

    def empty(uploads, most):
        return [[replace(template, warnings=(NOTHING,)) for template in found] for found in each(uploads, most)]

    monkeypatch.setattr(workshop, "each", empty)
    latent = replace(image(2), impression=ImpressionType.LATENT_LIFT)
    plain, kept = templates_of([image(1), latent], workshop)
    assert isinstance(plain, NoFingerprint)
    assert len(kept) == 1


def test_a_plain_print_under_another_fingers_name_is_a_contradiction_and_an_error_is_none(bureau):
    pairs, fingers = bureau._context.pairs, synthesise_templates(2, seed=7)
    rolled = [each.labelled(FingerPosition(2 + at), ImpressionType.LIVE_SCAN_ROLLED) for at, each in enumerate(fingers)]
    plain = [
        press_again(each, np.random.default_rng(at), strength=0.5).labelled(
            FingerPosition(3 - at), ImpressionType.LIVE_SCAN_PLAIN
        )
        for at, each in enumerate(fingers)
    ]
    found = contradiction([rolled, plain], pairs)
    assert isinstance(found, FingersSwapped)
    assert contradiction([rolled, NoFingerprint()], pairs) is None


def test_one_image_under_two_fingers_names_is_refused_before_anything_is_extracted(bureau, image):
    thumb, index = (replace(image(1), position=at) for at in (FingerPosition.RIGHT_THUMB, FingerPosition.RIGHT_INDEX))
    with pytest.raises(FingersSwapped):
        extract(bureau._context, [thumb, index])
    assert bureau.pool.extracted == 0
