"""Compares two templates; the describer and the comparer are loaded when the first pair comes."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from biomatch import deadlines
from biomatch.comparison import Comparer, Comparison, Prepared, prepare
from biomatch.comparison.evidence import MOST_FOREIGN
from biomatch.comparison.finger_order import Misnamed, misnamed
from biomatch.descriptors import Describer
from biomatch.learned import Models
from biomatch.template import Template


class PairComparer:
    """Safe from many threads."""

    def __init__(self, models: Models | None = None):
        self._models = models
        self._lock = threading.Lock()
        self._loaded: tuple[Describer, Comparer] | None = None

    def compare(self, probe: Template, reference: Template) -> Comparison:
        """Compares two templates in every step, whatever the score. Raises DeadlinePassed."""
        return self._load()[1].compare(self._prepared(probe), self._prepared(reference))

    def misnamed(self, prints: Sequence[Template]) -> list[Misnamed]:
        """Finds plain prints of one person that are the mates of rolled ones with other fingers' names. Raises
        DeadlinePassed."""
        rolled = any(one.impression.is_rolled for one in prints)
        if not rolled or all(one.impression.is_rolled for one in prints):
            return []
        return misnamed([self._prepared(one) for one in prints], self._load()[1])

    def _prepared(self, template: Template) -> Prepared:
        """Adds the descriptors that a comparison reads."""
        deadlines.check()
        return prepare(template, self._load()[0], MOST_FOREIGN)

    def _load(self) -> tuple[Describer, Comparer]:
        with self._lock:
            if self._loaded is None:
                self._loaded = Describer(self._models), Comparer(self._models)
            return self._loaded
