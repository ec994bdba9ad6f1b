"""Galleries and who is in them."""

from __future__ import annotations

from biomatch.service.schemas.fields import Model


class GalleryOut(Model):
    gallery_id: str
    prints: int


class MemberOut(Model):
    person_id: str
    encounter_id: str
