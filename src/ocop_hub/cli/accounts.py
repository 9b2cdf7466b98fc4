"""``ocop-hub user``: sign-ins of offices, made by whoever runs the server."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ocop_hub.cli.output import FormatOption, OutputFormat, print_json
from ocop_hub.errors import Conflict, Malformed, NotFound

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from ocop_hub.accounts.models import User

app = typer.Typer(
    no_args_is_help=True, help="Sign-ins: make an office's first one, list, disable, new passphrase."
)


class OfficeWord(StrEnum):
    """As ``accounts.models.Office``, whose module is too heavy for ``--help``."""

    OFFICER_PROVINCE = "officer_province"
    OFFICER_COMMUNE = "officer_commune"
    OPERATOR = "operator"
    HELPER = "helper"


class WrongUnit(Malformed):
    code = "wrong-office-unit"
    title = "Chức vụ và đơn vị hành chính chưa khớp"


@app.command()
def add(
    name: Annotated[str, typer.Option(help="Name of the person, as shown to others.")],
    office: Annotated[OfficeWord, typer.Option(help="What the person may do.")],
    email: Annotated[str, typer.Option(help="E-mail to sign in with.")] = "",
    phone: Annotated[str, typer.Option(help="Phone number to sign in with.")] = "",
    unit: Annotated[
        str, typer.Option(help="Commune of a commune officer: its code in force, or the unit's id.")
    ] = "",
    generate: Annotated[
        bool, typer.Option("--generate", help="Make a passphrase and print it once, instead of asking.")
    ] = False,
) -> None:
    """Make a sign-in with an office; the passphrase is asked twice, never given as an argument.

    Example: ocop-hub user add --name "Trần Minh Thu" --email thu@quangninh.example --office officer_province
    """
    import asyncio

    from ocop_hub.accounts.passphrases import check_strength

    passphrase = _asked_or_made(generate)
    check_strength(passphrase)
    login = asyncio.run(_add(name, passphrase, office, email=email, phone=phone, unit=unit))
    typer.echo(f"Đã tạo tài khoản {login} ({office.value}).")
    if generate:
        typer.echo(f"Mật khẩu, chỉ hiện một lần này: {passphrase}")


@app.command("list")
def list_users(format: FormatOption = OutputFormat.TEXT) -> None:
    """List the sign-ins that hold an office; those of producers are not shown.

    Example: ocop-hub user list
    """
    import asyncio

    rows = asyncio.run(_list())
    if format is OutputFormat.JSON:
        print_json(rows)
        return
    for row in rows:
        state = f"  (ngừng từ {row['disabled_at']})" if row["disabled_at"] else ""
        typer.echo(f"{row['login']:<32} {row['office']:<17} {row['unit']:<24} {row['name']}{state}".rstrip())


@app.command()
def disable(login: Annotated[str, typer.Argument(help="Phone number or e-mail of the sign-in.")]) -> None:
    """End a sign-in: its sessions and API tokens stop at once; what the person did stays on record.

    Example: ocop-hub user disable thu@quangninh.example
    """
    import asyncio

    name = asyncio.run(_disable(login))
    typer.echo(f"Đã ngừng tài khoản của {name}. Mọi phiên đăng nhập và khóa truy cập đã hết hiệu lực.")


@app.command("passphrase")
def renew_passphrase(
    login: Annotated[str, typer.Argument(help="Phone number or e-mail of the sign-in.")],
    generate: Annotated[
        bool, typer.Option("--generate", help="Make a passphrase and print it once, instead of asking.")
    ] = False,
) -> None:
    """Give someone who forgot hers a new passphrase, producers too; sessions under the old one end at once.

    Make sure that it is she who asks: whoever has the passphrase acts in her name.

    Example: ocop-hub user passphrase "0912 345 678" --generate
    """
    import asyncio

    passphrase = _asked_or_made(generate)
    name = asyncio.run(_renew(login, passphrase))
    typer.echo(f"Đã đặt mật khẩu mới cho {name}. Các phiên đăng nhập cũ đã hết hiệu lực.")
    if generate:
        typer.echo(f"Mật khẩu, chỉ hiện một lần này: {passphrase}")


def _asked_or_made(generate: bool) -> str:
    if generate:
        return new_passphrase()
    typed: str = typer.prompt("Mật khẩu", hide_input=True, confirmation_prompt="Gõ lại mật khẩu")
    return typed


def new_passphrase() -> str:
    """Four groups of five characters that are not mistaken for each other: 98 bits."""
    import secrets

    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))


async def _add(name: str, passphrase: str, office: OfficeWord, *, email: str, phone: str, unit: str) -> str:
    from ocop_hub.accounts.models import Office
    from ocop_hub.accounts.service import OfficeSeat, register_user
    from ocop_hub.cli.runtime import open_runtime
    from ocop_hub.db import SYSTEM

    async with open_runtime() as runtime, runtime.database.session(SYSTEM) as session:
        unit_id = await seat_unit(session, office, unit)
        user = await register_user(
            session,
            display_name=name,
            passphrase=passphrase,
            email=email or None,
            phone=phone or None,
            offices=[OfficeSeat(Office(office.value), unit_id)],
        )
        return user.email or user.phone or ""


async def seat_unit(session: AsyncSession, office: OfficeWord, unit: str) -> str | None:
    """The id of the commune a commune officer serves; None for the others.

    Raises :class:`WrongUnit` where one is missing, given for another office, or not a commune in force.
    """
    from sqlalchemy import or_, select

    from ocop_hub.places.models import AdminUnit, UnitLevel

    if office is not OfficeWord.OFFICER_COMMUNE:
        if unit:
            raise WrongUnit(f"Chức vụ {office.value} không gắn với một xã. Hãy bỏ --unit.")
        return None
    found = await session.scalar(
        select(AdminUnit.id).where(
            or_(AdminUnit.id == unit, AdminUnit.code == unit),
            AdminUnit.level == UnitLevel.COMMUNE,
            AdminUnit.valid_to.is_(None),
        )
    )
    if found is None:
        said = f"Không có xã, phường nào đang có hiệu lực mang mã «{unit}»." if unit else "Thiếu --unit."
        raise WrongUnit(f"{said} Cán bộ xã cần --unit với mã xã hiện hành, ví dụ 06970.")
    return found


async def _list() -> list[dict[str, Any]]:
    from sqlalchemy import select

    from ocop_hub.accounts.models import OfficeHolder, User
    from ocop_hub.cli.runtime import open_runtime
    from ocop_hub.db import SYSTEM
    from ocop_hub.places.models import AdminUnit

    async with open_runtime() as runtime, runtime.database.session(SYSTEM) as session:
        rows = await session.execute(
            select(User, OfficeHolder.office, AdminUnit.full_name)
            .join(OfficeHolder, OfficeHolder.user_id == User.id)
            .outerjoin(AdminUnit, AdminUnit.id == OfficeHolder.unit_id)
            .order_by(OfficeHolder.office, User.created_at)
        )
        return [
            {
                "login": user.email or user.phone,
                "office": office.value,
                "unit": unit or "",
                "name": user.display_name,
                "disabled_at": user.disabled_at.date().isoformat() if user.disabled_at else None,
            }
            for user, office, unit in rows
        ]


async def _disable(login: str) -> str:
    from ocop_hub.accounts.service import disable_user
    from ocop_hub.cli.runtime import open_runtime
    from ocop_hub.db import SYSTEM
    from ocop_hub.producers.actor import SYSTEM_ACTOR

    async with open_runtime() as runtime, runtime.database.session(SYSTEM) as session:
        user = await _known(session, login)
        await disable_user(session, user, by=SYSTEM_ACTOR.label)
        return user.display_name


async def _renew(login: str, passphrase: str) -> str:
    from ocop_hub.accounts.service import set_passphrase
    from ocop_hub.cli.runtime import open_runtime
    from ocop_hub.db import SYSTEM
    from ocop_hub.producers.actor import SYSTEM_ACTOR

    async with open_runtime() as runtime, runtime.database.session(SYSTEM) as session:
        user = await _known(session, login)
        if user.disabled_at is not None:
            raise Conflict(f"Tài khoản {login} đã ngừng; mật khẩu mới không mở lại nó.")
        await set_passphrase(session, user, passphrase, by=SYSTEM_ACTOR.label)
        return user.display_name


async def _known(session: AsyncSession, login: str) -> User:
    from sqlalchemy import or_, select

    from ocop_hub.accounts.logins import normal_login
    from ocop_hub.accounts.models import User

    known = normal_login(login)
    user = await session.scalar(select(User).where(or_(User.email == known, User.phone == known)))
    if user is None:
        raise NotFound(f"Không có tài khoản nào đăng nhập bằng {known}.")
    return user
