"""What a call of a simulated interface takes, as data: its document is made from it and its test held against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: JSON type by the first letter after a colon: "price:n".
_TYPES = {"s": "string", "i": "integer", "n": "number", "b": "boolean", "a": "array", "o": "object"}


@dataclass(frozen=True, slots=True)
class Described:
    """One call. Fields are names, text unless ``:i n b a o`` says otherwise, optional with a final ``?``.

    ``{…}`` in the path are parameters. ``file`` is the name of an uploaded file.
    """

    method: str
    path: str
    says: str
    query: Sequence[str] = ()
    json: Sequence[str] = ()
    form: Sequence[str] = ()
    file: str = ""
    #: Names in the payload of a good answer.
    answer: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Interface:
    """The calls of one simulated marketplace and how they are signed, told in English."""

    key: str
    name: str
    says: str
    calls: Sequence[Described]
    #: Query parameters of every call but those in ``open_paths``.
    common: Sequence[str] = ()
    open_paths: frozenset[str] = frozenset()
    headers: Sequence[str] = ()
    #: Where the payload stands in an answer; empty: the answer is the payload.
    envelope: Sequence[str] = ()
    payload: str = ""
    open_envelope: Mapping[str, Sequence[str]] = field(default_factory=dict)


def _field(text: str) -> tuple[str, dict[str, Any], bool]:
    """(name, schema, required)"""
    required = not text.endswith("?")
    name, _, kind = text.removesuffix("?").partition(":")
    schema: dict[str, Any] = {"type": _TYPES[kind or "s"]}
    if schema["type"] == "array":
        schema["items"] = {}
    return name, schema, required


def _object(fields: Sequence[str]) -> dict[str, Any]:
    read = [_field(each) for each in fields]
    schema: dict[str, Any] = {"type": "object", "properties": {name: said for name, said, _ in read}}
    required = [name for name, _, needed in read if needed]
    return schema | ({"required": required} if required else {})


def _parameters(fields: Sequence[str], place: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": place, "required": required, "schema": schema}
        for name, schema, required in map(_field, fields)
    ]


def _in_path(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]


def _body(call: Described) -> dict[str, Any]:
    if call.file:
        schema = _object([*call.form, call.file])
        schema["properties"][call.file] = {"type": "string", "format": "binary"}
        return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}
    for fields, kind in ((call.json, "application/json"), (call.form, "application/x-www-form-urlencoded")):
        if fields:
            return {"requestBody": {"required": True, "content": {kind: {"schema": _object(fields)}}}}
    return {}


def _answer(interface: Interface, call: Described) -> dict[str, Any]:
    payload = _object([f"{name}" if name.endswith("?") else f"{name}?" for name in call.answer])
    if call.path in interface.open_envelope:
        schema = _object(interface.open_envelope[call.path])
        schema["properties"] |= payload["properties"]
    elif interface.envelope:
        schema = _object(interface.envelope)
        if interface.payload:
            schema["properties"][interface.payload] = payload
    else:
        schema = payload
    return {"200": {"description": "Done, or refused as the envelope says.",
                    "content": {"application/json": {"schema": schema}}}}  # fmt: skip


def document(interface: Interface) -> dict[str, Any]:
    """The OpenAPI 3.1 document of a simulated marketplace."""
    paths: dict[str, dict[str, Any]] = {}
    for call in interface.calls:
        closed = call.path not in interface.open_paths
        parameters = (
            _parameters(_in_path(call.path), "path")
            + _parameters([*(interface.common if closed else ()), *call.query], "query")
            + _parameters(interface.headers if closed else (), "header")
        )
        paths.setdefault(call.path, {})[call.method.lower()] = {
            "summary": call.says,
            "operationId": f"{call.method.lower()}_{call.path.strip('/').replace('/', '_')}".translate(
                {ord(each): None for each in "{}"}
            ),
            "parameters": parameters,
            **_body(call),
            "responses": _answer(interface, call),
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Simulated {interface.name}",
            "version": "1",
            "description": "The interface our simulated marketplace offers, written from the published facts. "
            f"It is not the marketplace's own document. {interface.says}",
        },
        "servers": [{"url": f"/{interface.key}"}],
        "paths": paths,
    }
