"""Frozen records as JSON objects and back: how a probe's requests and evidence lie in the database and in exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from store.vocabulary import Fault, PageEvidence, ProbeRequest

_R = TypeVar("_R", ProbeRequest, PageEvidence)


def encode(record: ProbeRequest | PageEvidence) -> dict[str, Any]:
    """Write a record as a JSON object, leaving out what has its default: there are many and they are kept for long.

    >>> pack(PageEvidence(title="微信", password_field=True))
    {'title': '微信', 'password_field': True}
    """
    packed = {}
    for name, default in _DEFAULTS[type(record)]:
        value = getattr(record, name)
        if value != default:
            packed[name] = _plain(value)
    return packed


def decode(kind: type[_R], packed: Mapping[str, Any]) -> _R:
    """Read what `pack` wrote; names this version does not know are passed over.

    >>> unpack(PageEvidence, pack(PageEvidence(marks=("captcha",)))).marks
    ('captcha',)
    """
    known = _NAMES[kind]
    values = {name: value for name, value in packed.items() if name in known}
    if "at" in values:
        values["at"] = datetime.fromisoformat(values["at"])
    if "fault" in values:
        values["fault"] = Fault(values["fault"])
    if "marks" in values:
        values["marks"] = tuple(values["marks"])
    return kind(**values)


def _default(item: Field[Any]) -> Any:
    if item.default_factory is not MISSING:
        return item.default_factory()
    return item.default


def _plain(value: Any) -> Any:
    if isinstance(value, (str, int)) and not isinstance(value, Enum):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


_DEFAULTS = {
    kind: tuple((item.name, _default(item)) for item in fields(kind))
    for kind in (ProbeRequest, PageEvidence)
}
_NAMES = {kind: frozenset(name for name, _ in named) for kind, named in _DEFAULTS.items()}
