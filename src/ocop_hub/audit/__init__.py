"""Who did what, for whom: one row in the same transaction as the change it tells of, sealed soon after.

recording   writing a row, and for whom it was done
chain       the sealer, and the walk over its seals
jobs        the sealer's turn in the worker
"""

from __future__ import annotations

from ocop_hub.audit.models import AuditEntry, AuditSeal
from ocop_hub.audit.recording import act_for, acting_for, record

__all__ = ["AuditEntry", "AuditSeal", "act_for", "acting_for", "record"]
