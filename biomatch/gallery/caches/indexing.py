"""Describes minutiae and files them among the centroids of the index: what a print needs to enter the caches."""

from __future__ import annotations

from dataclasses import dataclass

import faiss

from biomatch.descriptors import Describer
from biomatch.index import Codebooks
from biomatch.sealing import Sealing


@dataclass(frozen=True, eq=False)
class Indexing:
    """The describer of prints, and the codebooks that file their vectors."""

    describer: Describer
    codebooks: Codebooks

    def versions(self, sealing: Sealing) -> dict[str, str]:
        """Names the versions that make the caches. A search by this cannot use caches of other versions."""
        return self.learned | {"faiss": faiss.__version__, "sealing": sealing.version}

    @property
    def learned(self) -> dict[str, str]:
        """Names the versions that come with the models."""
        return {"describer": self.describer.version, "index": self.codebooks.version}
