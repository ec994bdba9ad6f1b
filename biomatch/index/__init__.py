"""Turns descriptors into shortlists: FAISS segments about shipped centroids, an exact delta, and geometric voting."""

from biomatch.index.codebooks import Codebooks
from biomatch.index.index import GrowthParams, Index, Print
from biomatch.index.segment import Segment
from biomatch.index.shortlist import FAST, NORMAL, WIDE, WIDEST, Reach, Shortlist, Standing, shortlist, standing

__all__ = [
    "FAST",
    "NORMAL",
    "WIDE",
    "WIDEST",
    "Codebooks",
    "GrowthParams",
    "Index",
    "Print",
    "Reach",
    "Segment",
    "Shortlist",
    "Standing",
    "shortlist",
    "standing",
]
