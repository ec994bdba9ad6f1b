"""All use cases of encounters."""

from __future__ import annotations

from biomatch.bureau.context import Context
from biomatch.bureau.encounters.admission import Admission
from biomatch.bureau.encounters.batches import Batches
from biomatch.bureau.encounters.changes import Changes
from biomatch.bureau.encounters.enrolment import Enrolling
from biomatch.bureau.encounters.reading import Reading
from biomatch.bureau.encounters.removal import Removal
from biomatch.bureau.searches.searches import Searches


class Encounters:
    """Enrols encounters, shows, changes and removes them."""

    def __init__(self, context: Context, searches: Searches):
        enrolling = Enrolling(context)
        self.enrol = enrolling.enrol
        self.enrol_and_identify = Admission(context, enrolling, searches).enrol_and_identify

        self.batches = Batches(context)  # for tasks, which were allowed when they began
        self.enrol_batch = self.batches.enrol_batch

        changes = Changes(context)
        self.update = changes.update
        self.set_status = changes.set_status
        self.set_galleries = changes.set_galleries
        self.set_biography = changes.set_biography
        self.move = changes.move
        self.merge = changes.merge

        reading = Reading(context)
        self.read = reading.read
        self.stored = reading.stored
        self.template = reading.template
        self.original = reading.original
        self.picture = reading.picture
        self.labels = reading.labels
        self.gallery_page = reading.gallery_page

        self.remove = Removal(context).remove
