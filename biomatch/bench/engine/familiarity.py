"""The knowledge of models about a set of prints: its prints themselves, another set of that kind of sensor, or nothing."""

from __future__ import annotations

from biomatch.evaluation import provenance
from biomatch.evaluation.engine import kin_of
from biomatch.learned import Models, shipped

NOTHING, SENSOR, PRINTS = DEGREES = "nothing", "its kind of sensor", "its prints"

_OF_SEARCHES = ("extractor", "projection", "patch", "strangers", "index")  # models on which it depends who is listed


def of(name: str, models: Models | None = None) -> str:
    """Says what the models that list prints know of a set, as their cards state it; one of `DEGREES`. models: None, those that
    ship."""
    models = models or shipped()
    known = {one for model in _OF_SEARCHES for one in provenance.named(models.card(model)["data"])}
    return PRINTS if name in known else SENSOR if known & set(kin_of(name)) else NOTHING
