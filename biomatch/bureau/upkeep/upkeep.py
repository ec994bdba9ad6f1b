"""All use cases of the upkeep of a gallery's folder."""

from __future__ import annotations

from biomatch.bureau.context import Context
from biomatch.bureau.upkeep.audit import AuditTree
from biomatch.bureau.upkeep.backups import Backups
from biomatch.bureau.upkeep.calibration import Calibration
from biomatch.bureau.upkeep.check import Check
from biomatch.bureau.upkeep.condition import FolderCondition
from biomatch.bureau.upkeep.export import Export
from biomatch.bureau.upkeep.figures import Figures
from biomatch.bureau.upkeep.index import IndexCare
from biomatch.bureau.upkeep.keys import MasterKey


class Upkeep:
    """Takes care of a gallery's folder, and tells how it is."""

    def __init__(self, context: Context):
        self.condition = FolderCondition(context).condition
        self.check = Check(context).check
        self.backup = Backups(context).backup
        self.rotate_key = MasterKey(context).rotate_key
        self.compact = IndexCare(context).compact
        self.export = Export(context).export

        figures = Figures(context)
        self.info = figures.info
        self.counts = figures.counts
        self.gauges = figures.gauges
        self.alive = figures.alive
        self.ready = figures.ready

        audit = AuditTree(context)
        self.checkpoint = audit.checkpoint
        self.audit_key = audit.audit_key
        self.audit_leaves = audit.audit_leaves
        self.prove = audit.prove
        self.consistency = audit.consistency
        self.verify_audit = audit.verify_audit
        self.export_audit = audit.export_audit

        calibration = Calibration(context)
        self.enrolled_among = calibration.enrolled_among
        self.calibrate = calibration.calibrate
        self.calibrate_as_shipped = calibration.calibrate_as_shipped
