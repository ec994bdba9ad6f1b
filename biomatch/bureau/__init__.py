"""The bureau: opens a gallery's folder, and does with it what people ask for. Both doors, command line and HTTP, lead here."""

from biomatch.bureau.access.policy import POLICY, Role
from biomatch.bureau.access.tokens import DAYS
from biomatch.bureau.access.users import NewUser
from biomatch.bureau.access.webauthn import Site
from biomatch.bureau.bureau import Bureau
from biomatch.bureau.cases import (
    Actor,
    Compared,
    EnrolledPrint,
    Enrolment,
    Examined,
    Identified,
    Info,
    Outcome,
    SearchRequest,
    Upload,
    Verified,
)
from biomatch.bureau.drawing import Kind
from biomatch.bureau.encounters.reading import MAX_PAGE
from biomatch.bureau.entries import EVERYTHING, MAX_NAME
from biomatch.bureau.folder.opening import open_gallery
from biomatch.bureau.scopes import GRANTED, Scope
from biomatch.bureau.searches.explanation import Enrolled, Explained, ExplainedPrint, Side
from biomatch.bureau.searches.replay import Replayed
from biomatch.bureau.searches.verification import ACCEPT
from biomatch.bureau.tasks.board import MAX_FOUND, MAX_TASKS
from biomatch.bureau.tasks.results import DUPLICATE, FAILURE, Duplicate, Failure, Found, as_csv
from biomatch.bureau.upkeep.audit import MAX_LEAVES
from biomatch.bureau.upkeep.backups import restore
from biomatch.bureau.upkeep.check import Checked
from biomatch.bureau.uploads import MAX_PRINTS, MAX_PROBES, check_count
from biomatch.store import KeyPlace, StoredJob

__all__ = [
    "ACCEPT",
    "DAYS",
    "DUPLICATE",
    "EVERYTHING",
    "FAILURE",
    "GRANTED",
    "MAX_FOUND",
    "MAX_LEAVES",
    "MAX_NAME",
    "MAX_PAGE",
    "MAX_PRINTS",
    "MAX_PROBES",
    "MAX_TASKS",
    "POLICY",
    "Actor",
    "Bureau",
    "Checked",
    "Compared",
    "Duplicate",
    "Enrolled",
    "EnrolledPrint",
    "Enrolment",
    "Examined",
    "Explained",
    "ExplainedPrint",
    "Failure",
    "Found",
    "Identified",
    "Info",
    "KeyPlace",
    "Kind",
    "NewUser",
    "Outcome",
    "Replayed",
    "Role",
    "Scope",
    "SearchRequest",
    "Side",
    "Site",
    "StoredJob",
    "Upload",
    "Verified",
    "as_csv",
    "check_count",
    "open_gallery",
    "restore",
]
