"""The engine that a gallery makes of one set of models: vectors of prints, an index, comparisons, and how far answers hold."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from biomatch.calibration.search_rates import SearchRates
from biomatch.comparison import Comparer
from biomatch.descriptors import Describer
from biomatch.errors import BadInstallation, CacheDamaged
from biomatch.gallery.caches import kept_models, snapshot
from biomatch.gallery.caches.indexing import Indexing
from biomatch.gallery.search import candidates, versions
from biomatch.gallery.search.stages import Seeker
from biomatch.index import Codebooks
from biomatch.learned import Models
from biomatch.sealing import Sealing
from biomatch.spare_cores import NO_SPARE_CORES, SpareCores


@dataclass(frozen=True, eq=False)
class Engine:
    """made_by: versions that a repeat of its searches needs, but for the extractor's."""

    models: Models
    indexing: Indexing
    comparer: Comparer
    rates: SearchRates
    seeker: Seeker
    made_by: dict[str, str]

    @classmethod
    def of(
        cls,
        models: Models,
        describer: Describer | None = None,
        comparer: Comparer | None = None,
        spare: SpareCores = NO_SPARE_CORES,
    ) -> Engine:
        """Makes an engine. describer, comparer None: those of the models. spare: cores that take part in a search. Raises
        BadInstallation."""
        indexing = Indexing(describer or Describer(models), Codebooks.load(models))
        return cls._of(models, indexing, comparer or Comparer(models), spare)

    def judging_by(self, models: Models, spare: SpareCores = NO_SPARE_CORES) -> Engine:
        """Keeps the index and the vectors, and judges by other models."""
        return self._of(models, self.indexing, Comparer(models), spare)

    @classmethod
    def _of(cls, models: Models, indexing: Indexing, comparer: Comparer, spare: SpareCores) -> Engine:
        rates = SearchRates.of(models)
        told = {"index": indexing.codebooks.version, "search_rates": f"{candidates.VERDICT}+{rates.version}"}
        made_by = versions.running(indexing.describer.version, comparer.version) | told | {"calibration": models.calibration}
        return cls(models, indexing, comparer, rates, Seeker(comparer, spare=spare), made_by)


@dataclass(frozen=True, eq=False)
class Former:
    """An engine that is not the present one, and the caches that it made. versions: that their snapshot names."""

    engine: Engine
    versions: dict[str, str]


def former(folder: Path, present: Indexing, sealing: Sealing, spare: SpareCores = NO_SPARE_CORES) -> Former | None:
    """Finds the engine that made the caches of a folder, where it is not the present one. None: its models were not kept."""
    found = None
    with contextlib.suppress(CacheDamaged):
        found = snapshot.read(folder, None)
    if found is None or found.versions == present.versions(sealing) or found.versions.get("sealing") != sealing.version:
        return None
    for models in kept_models.kept(folder):
        with contextlib.suppress(BadInstallation):
            engine = Engine.of(models, spare=spare)
            if engine.indexing.learned.items() <= found.versions.items():
                return Former(engine, found.versions)
    return None
