"""The product's own label: useful before there is any lot, and for goods that are not made in lots."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from ocop_hub.catalogue.service import get_product
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.traceability.labels.label import label_facts
from ocop_hub.web.desk.product import product_path
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)


@router.get(DESK + "/san-pham/{product_id}/tem")
async def product_label(
    request: Request, session: SessionDep, settings: SettingsDep, actor: SignedInActorDep, product_id: UUID
) -> Response:
    """The label to look at, download or print; what a lot's label adds is said beside it."""
    product = await get_product(session, actor, product_id)
    facts = await label_facts(session, actor, product, None, public_url=settings.public_url)
    lang = request_language(request)
    path = product_path(product.id)
    context = {
        "product_name": product.name,
        "product_href": path,
        "uri": facts.uri,
        "trial": facts.trial,
        "label_src": f"/api/v1/products/{product.id}/label.svg",
        "png_href": f"/api/v1/products/{product.id}/label.png",
        "new_lot_href": f"{path}/lo" if actor.may_change(product.producer_id) else "",
    }
    crumbs = [
        Link(translate(lang, N_("Sản phẩm")), DESK),
        Link(product.name, path),
        Link(translate(lang, N_("Tem sản phẩm")), request.url.path, current=True),
    ]
    return render(request, "desk/product_label.html", context, breadcrumbs=crumbs)
