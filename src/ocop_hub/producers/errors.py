"""Refusals of this room.

Malformed
├── ProducerWrong          a field of the producer cannot be so (``fields`` says which)
└── MandateWrong           a mandate that would end before it begins, or last too long
Conflict
├── CodeUsed               a single-use code for the second time
├── CodeExpired
├── AlreadyClaimed
├── LastOwner              a producer would be left without an owner
├── MandateEnded
├── RequestAnswered        a helper's request that was answered before
├── CannotMerge            not two, or one of them merged already
└── MergeUndone            a split that was made before
Forbidden
└── OwnersOnly             a helper or editor at what only an owner or office decides
"""

from __future__ import annotations

from ocop_hub.errors import Conflict, Forbidden, HubError, Malformed


class ProducerWrong(Malformed):
    code = "producer-wrong"
    title = "Thông tin chủ thể chưa đúng"


class MandateWrong(Malformed):
    code = "mandate-wrong"
    title = "Thời hạn làm hộ chưa đúng"


class CodeUsed(Conflict):
    code = "claim-code-used"
    title = "Mã đã dùng rồi"


class CodeExpired(Conflict):
    code = "claim-code-expired"
    title = "Mã đã hết hạn"


class AlreadyClaimed(Conflict):
    code = "producer-already-claimed"
    title = "Chủ thể đã có người nhận"


class LastOwner(Conflict):
    code = "last-owner"
    title = "Chủ thể cần ít nhất một chủ sở hữu"


class MandateEnded(Conflict):
    code = "mandate-ended"
    title = "Việc làm hộ đã kết thúc"


class RequestAnswered(Conflict):
    code = "mandate-request-answered"
    title = "Yêu cầu đã được trả lời"


class CannotMerge(Conflict):
    code = "cannot-merge"
    title = "Không gộp được"


class MergeUndone(Conflict):
    code = "merge-undone"
    title = "Lần gộp này đã được tách"


class OwnersOnly(Forbidden):
    code = "owners-only"
    title = "Việc này dành cho chủ thể"


class ProducerChanged(HubError):
    status = 412
    code = "producer-changed"
    title = "Chủ thể đã được sửa ở nơi khác"
