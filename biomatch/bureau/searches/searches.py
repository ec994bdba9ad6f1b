"""All use cases of searching and comparing."""

from __future__ import annotations

from biomatch.bureau.context import Context
from biomatch.bureau.searches.examination import Examination
from biomatch.bureau.searches.explanation import Explanation
from biomatch.bureau.searches.identification import Identification
from biomatch.bureau.searches.replay import Replay
from biomatch.bureau.searches.verification import Verification


class Searches:
    """Searches and compares. Nothing is enrolled."""

    def __init__(self, context: Context):
        identification = Identification(context)
        self.identify = identification.identify
        self.identify_person = identification.identify_person
        self.read_transaction = identification.read_transaction

        verification = Verification(context)
        self.verify = verification.verify
        self.compare = verification.compare

        self.examine = Examination(context).examine
        self.explain = Explanation(context).explain
        self.replay = Replay(context).replay
