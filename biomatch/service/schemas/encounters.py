"""Encounters as they come in, are read, and are acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from biomatch.bureau import MAX_PRINTS, EnrolledPrint
from biomatch.service.schemas.biographies import BiographicData
from biomatch.service.schemas.fields import In, Model, Name
from biomatch.service.schemas.prints import (
    Handed,
    PrintOut,
)
from biomatch.service.schemas.searches import IdentifyOut
from biomatch.store import StoredPrint

Status = Literal["ACTIVE", "INACTIVE"]


Labels = Annotated[list[Name], Field(max_length=MAX_PRINTS)]
"""Galleries of one encounter."""


class EncounterIn(In):
    biometric_data: Handed
    status: Status | None = Field(None, description="INACTIVE: kept, and no search finds it; ACTIVE where nothing is said")
    encounter_type: str | None = Field(None, max_length=200, description="OSIA demands it; it is not kept")
    galleries: Labels = Field(default=[])
    biographic_data: BiographicData = BiographicData()


class EncounterOut(Model):
    encounter_id: str
    status: Status
    galleries: list[str]
    biographic_data: BiographicData | None = None
    biometric_data: list[PrintOut]

    @classmethod
    def of(cls, encounter: str, prints: tuple[StoredPrint, ...]) -> EncounterOut:
        return cls(
            encounter_id=encounter,
            status="ACTIVE" if any(stored.active for stored in prints) else "INACTIVE",
            galleries=sorted({label for stored in prints for label in stored.labels}),
            biographic_data=BiographicData.of(prints[0].biography),
            biometric_data=[PrintOut.stored(stored) for stored in prints],
        )


class ReceiptOut(Model):
    """The prints are durable and searchable. identified: who else it may be, if that was asked for."""

    transaction_id: str | None = None
    person_id: str
    encounter_id: str
    biometric_data: list[PrintOut]
    identified: IdentifyOut | None = None

    @classmethod
    def of(cls, kept: Sequence[EnrolledPrint], transaction_id: str | None, identified: IdentifyOut | None = None) -> ReceiptOut:
        return cls(
            identified=identified,
            transaction_id=transaction_id,
            person_id=kept[0].person,
            encounter_id=kept[0].encounter,
            biometric_data=[PrintOut.received(made) for made in kept],
        )
