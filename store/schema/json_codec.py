"""Encode probe requests, page evidence and validators as JSON objects, for the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from datetime import datetime
from enum import Enum
from typing import Any, Final, TypeVar

from store.vocabulary import Fault, PageEvidence, ProbeRequest, Validators

# The fields that hold tuples, besides `html_markers`: a new one must be added here.
_TUPLES: Final = frozenset(
    {"headings", "missing_fragments", "fragments", "style_sheets", "frames", "images"}
)
_R = TypeVar("_R", ProbeRequest, PageEvidence, Validators)

# The details of `unreachable` in older rows that later got a fault of their own.
_OLD_HOST_DETAILS: Final = frozenset({"No route to host", "Host is down"})
_OLD_PROXY_DETAIL: Final = "through the proxy: "


def encode(record: ProbeRequest | PageEvidence | Validators) -> dict[str, Any]:
    """Encode a record as a JSON object.

    Fields with their default value are left out, as many records are stored for a long time.

    Returns:
        The object.

    >>> encode(PageEvidence(title="微信", password_field=True))
    {'title': '微信', 'password_field': True}
    """
    encoded = {}
    for name, default in _DEFAULTS[type(record)]:
        value = getattr(record, name)
        if value != default:
            encoded[name] = _to_json_value(value)
    return encoded


def decode(record_type: type[_R], encoded: Mapping[str, Any]) -> _R:
    """Decode a JSON object that `encode` made.

    Returns:
        The record. Fields that this version does not have are ignored.

    >>> decode(PageEvidence, encode(PageEvidence(html_markers=("captcha",)))).html_markers
    ('captcha',)
    """
    field_names = _NAMES[record_type]
    values = {name: value for name, value in encoded.items() if name in field_names}
    if "at" in values:
        values["at"] = datetime.fromisoformat(values["at"])
    if "fault" in values:
        values["fault"] = _decode_fault(values["fault"], values.get("detail", ""))
    markers = encoded.get("html_markers", encoded.get("marks"))  # `marks` in older rows
    if markers is not None:
        values["html_markers"] = tuple(markers)
    for name in _TUPLES & values.keys():
        values[name] = tuple(values[name])
    return record_type(**values)


def _decode_fault(word: str, detail: str) -> Fault:
    """Return a fault; in older rows, `unreachable` stands for three.

    Args:
        word: The word of the fault.
        detail: The detail of the request. In older rows it shows which fault is meant: it is a
            message of the system, or begins with that of Holdfast about proxies.

    >>> _decode_fault("unreachable", "No route to host"), _decode_fault("unreachable", "")
    (<Fault.HOST_UNREACHABLE: 'host-unreachable'>, <Fault.UNREACHABLE: 'unreachable'>)
    """
    fault = Fault(word)
    if fault is not Fault.UNREACHABLE:
        return fault
    if detail in _OLD_HOST_DETAILS:
        return Fault.HOST_UNREACHABLE
    return Fault.PROXY_FAILED if detail.startswith(_OLD_PROXY_DETAIL) else fault


def _default(field: Field[Any]) -> Any:
    """Return the default value of a field; `MISSING` if it has none."""
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def _to_json_value(value: Any) -> Any:
    """Return the value of a field as JSON has it: a time in ISO 8601, an enum as its value."""
    if isinstance(value, (str, int)) and not isinstance(value, Enum):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def _defaults_of(record_type: type[Any]) -> tuple[tuple[str, Any], ...]:
    """Return the name and the default value of each field of a record."""
    return tuple((field.name, _default(field)) for field in fields(record_type))


_DEFAULTS = {
    record_type: _defaults_of(record_type)
    for record_type in (ProbeRequest, PageEvidence, Validators)
}
_NAMES = {
    record_type: frozenset(name for name, _ in defaults)
    for record_type, defaults in _DEFAULTS.items()
}
