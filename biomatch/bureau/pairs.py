"""Compares two templates; the describer and the comparer are loaded when the first pair comes."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from biomatch.comparison import Comparer, Comparison, prepare
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
        """Every step of the comparison, whatever the score."""
        describer, comparer = self._load()
        return comparer.compare(prepare(probe, describer), prepare(reference, describer))

    def misnamed(self, prints: Sequence[Template]) -> list[Misnamed]:
        """Plain prints of one person that are the mates of rolled ones with other fingers' names."""
        rolled = any(one.impression.is_rolled for one in prints)
        if not rolled or all(one.impression.is_rolled for one in prints):
            return []
        describer, comparer = self._load()
        return misnamed([prepare(one, describer) for one in prints], comparer)

    def _load(self) -> tuple[Describer, Comparer]:
        with self._lock:
            if self._loaded is None:
                self._loaded = Describer(self._models), Comparer(self._models)
            return self._loaded
