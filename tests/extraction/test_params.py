import re
from dataclasses import fields, replace

import pytest

from biomatch.extraction.params import Params


@pytest.mark.parametrize("stage", [field.name for field in fields(Params) if field.name not in ("quality", "spacing")])
def test_the_hash_changes_with_every_number_of_every_stage(stage):
    params = getattr(Params(), stage)
    for number in fields(params):
        value = getattr(params, number.name)
        other = (*value, 7) if isinstance(value, tuple) else 2 * value + 1
        changed = replace(Params(), **{stage: replace(params, **{number.name: other})})
        assert changed.hash() != Params().hash(), number.name


def test_how_quality_is_judged_does_not_count():
    assert replace(Params(), quality="judged otherwise", spacing="measured otherwise").hash() == Params().hash()


def test_what_is_learned_counts():
    assert len({Params().hash(), Params().hash("a"), Params().hash("b"), Params().hash("a", "b")}) == 4
    assert re.fullmatch("[0-9a-f]{8}", Params().hash())
