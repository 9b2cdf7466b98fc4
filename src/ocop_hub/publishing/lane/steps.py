"""One function per step: the calls it makes, and what they came to. No transaction is open here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial

from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import (
    Call,
    Grade,
    Item,
    ListingDraft,
    ListingState,
    Observation,
    Reason,
    Refused,
)
from ocop_hub.marketplaces.pages import refuses_robots
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.lane.conversation import Conversation
from ocop_hub.publishing.lane.results import Result
from ocop_hub.publishing.models import NOT_SENT, CallOutcome, Step
from ocop_hub.publishing.subject import load_pictures

#: Looks that must find nothing before a create whose answer was lost may be repeated (decision 0004).
EMPTY_LOOKS_NEEDED = 2

#: Vietnamese names of the checks of a public page, for the sentence a person reads.
CHECK_NAMES = {"url": "địa chỉ", "title": "tên sản phẩm", "price": "giá bán", "seller": "tên gian hàng"}


#: Of a page that opens for people alone: an officer is asked to look at it (grade ``seen``).
REFUSES_ROBOTS_TEXT = "Trang này không cho phần mềm mở nên hệ thống không tự kiểm tra được."


async def create(outside: Outside, conversation: Conversation) -> Result:
    """Search, then create: a listing that is already there is taken, not doubled."""
    adapter, work = conversation.adapter, conversation.work
    draft = await _with_pictures(outside, conversation)
    _refuse((*work.problems, *adapter.validate(draft)))
    if adapter.capabilities.finds_by_sku:
        item = await conversation.make(Call.FIND, lambda: adapter.find(work.shop, draft.seller_sku))
        if item is not None:
            return _found(item, conversation, sent_revision=work.revision)
    refs = await _upload(conversation, draft)
    seen = await conversation.make(Call.PUBLISH, lambda: adapter.publish(work.shop, draft, refs))
    return _succeeded(seen, sent_revision=work.revision)


async def settle(outside: Outside, conversation: Conversation) -> Result:
    """After a create whose answer was lost: search, wait, search again, and only then let it be repeated."""
    adapter, work = conversation.adapter, conversation.work
    if not adapter.capabilities.finds_by_sku:
        text = "Không rõ sàn đã nhận sản phẩm chưa. Hãy mở gian hàng xem rồi dán đường dẫn, hoặc đăng lại."
        seen = Observation(ListingState.NEEDS_PERSON, "", reasons=(Reason("", "outcome-unknown", text),))
        return Result(CallOutcome.NEEDS_PERSON, seen=seen, next_step=Step.IDLE)
    item = await conversation.make(Call.FIND, lambda: adapter.find(work.shop, work.draft.seller_sku))
    if item is not None:
        # It may be the first create's or one made by hand: either way there must be no second.
        found = _found(item, conversation, sent_revision=work.revision)
        return replace(found, settles=CallOutcome.SUCCEEDED)
    looks = work.settle_looks + 1
    if looks < EMPTY_LOOKS_NEEDED:
        again = clock.now() + adapter.capabilities.settle_after
        return Result(
            CallOutcome.SUCCEEDED,
            next_step=Step.SETTLE,
            next_look=again,
            settle_looks=looks,
            settle_until=again,
        )
    return Result(
        CallOutcome.SUCCEEDED, settles=CallOutcome.RETRY, next_step=Step.CREATE, next_look=clock.now()
    )


async def update(outside: Outside, conversation: Conversation) -> Result:
    """Send what the product says now."""
    adapter, work = conversation.adapter, conversation.work
    _refuse(work.problems)
    draft = await _with_pictures(outside, conversation)
    refs = await _upload(conversation, draft)
    seen = await conversation.make(
        Call.UPDATE, lambda: adapter.update(work.shop, work.remote_id, draft, refs)
    )
    return _succeeded(seen, sent_revision=work.revision)


async def unlist(outside: Outside, conversation: Conversation) -> Result:
    """Take it down."""
    return _succeeded(
        await conversation.make(
            Call.UNLIST,
            lambda: conversation.adapter.unlist(conversation.work.shop, conversation.work.remote_id),
        )
    )


async def relist(outside: Outside, conversation: Conversation) -> Result:
    """Put it up again."""
    return _succeeded(
        await conversation.make(
            Call.RELIST,
            lambda: conversation.adapter.relist(conversation.work.shop, conversation.work.remote_id),
        )
    )


async def look(outside: Outside, conversation: Conversation) -> Result:
    """Ask the marketplace how the listing stands."""
    return _succeeded(
        await conversation.make(
            Call.STATUS,
            lambda: conversation.adapter.status(conversation.work.shop, conversation.work.remote_id),
        )
    )


async def check_link(outside: Outside, conversation: Conversation) -> Result:
    """Fetch the public page as a buyer would, and hold it against the product."""
    adapter, work = conversation.adapter, conversation.work
    page = await conversation.make(Call.FETCH_PAGE, lambda: outside.fetch_page(work.public_url))
    match = adapter.match_page(page, work.draft, work.shop)
    if match.matches or match.observation.state is ListingState.DELETED:
        seen = replace(match.observation, grade=Grade.LINK, public_url=work.public_url)
        return replace(_succeeded(seen), checks=match.checks)
    if refuses_robots(page):
        closed = replace(
            match.observation,
            grade=Grade.LINK,
            public_url=work.public_url,
            reasons=(Reason("public_url", "page-refuses-robots", REFUSES_ROBOTS_TEXT),),
        )
        return replace(_succeeded(closed), checks=match.checks)
    wrong = [CHECK_NAMES.get(name, name) for name, held in match.checks.items() if not held]
    text = f"Trang trên sàn chưa khớp với sản phẩm: {', '.join(wrong)}. Hãy sửa trên sàn hoặc dán đường dẫn khác."
    seen = replace(
        match.observation,
        state=ListingState.NEEDS_PERSON,
        grade=Grade.LINK,
        reasons=(Reason("public_url", "page-differs", text),),
    )
    return replace(_succeeded(seen), checks=match.checks)


StepFunction = Callable[[Outside, Conversation], Awaitable[Result]]

STEPS: Mapping[Step, StepFunction] = {
    Step.CREATE: create,
    Step.SETTLE: settle,
    Step.UPDATE: update,
    Step.UNLIST: unlist,
    Step.RELIST: relist,
    Step.LOOK: look,
    Step.CHECK_LINK: check_link,
}


def _refuse(problems: tuple[Reason, ...]) -> None:
    """Raise :class:`Refused` before anything is sent."""
    if problems:
        raise Refused("; ".join(problem.text for problem in problems), reasons=problems, code=NOT_SENT)


async def _with_pictures(outside: Outside, conversation: Conversation) -> ListingDraft:
    pictures = await load_pictures(
        conversation.work.photos, outside.read_picture, public_url=outside.public_url
    )
    return replace(conversation.work.draft, pictures=pictures)


async def _upload(conversation: Conversation, draft: ListingDraft) -> list[str]:
    if not conversation.adapter.capabilities.uploads_pictures:
        return []
    refs = []
    for picture in draft.pictures:
        refs.append(
            await conversation.make(
                Call.UPLOAD_PICTURE,
                partial(conversation.adapter.upload_picture, conversation.work.shop, picture),
            )
        )
    return refs


def _succeeded(seen: Observation, *, sent_revision: int | None = None) -> Result:
    return Result(CallOutcome.SUCCEEDED, seen=seen, sent_revision=sent_revision, exchange=seen.exchange)


def _found(item: Item, conversation: Conversation, *, sent_revision: int) -> Result:
    adapter, work = conversation.adapter, conversation.work
    url = item.public_url or adapter.public_url(work.shop, item.remote_id)
    seen = Observation(item.state, item.raw_state, remote_id=item.remote_id, public_url=url)
    return Result(
        CallOutcome.SUCCEEDED,
        seen=seen,
        sent_revision=sent_revision,
        next_step=Step.LOOK,
        next_look=clock.now(),
    )
