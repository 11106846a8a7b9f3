"""Encode and decode the values of JSON columns."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from store.errors import DamagedValue
from store.schema.column_types import replace_unstorable


def _to_json(value: Any) -> str:
    """Encode a JSON column in UTF-8: with escapes, Chinese text would take twice the space."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return replace_unstorable(json.dumps(value, ensure_ascii=False))


def _from_json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, TypeError, ValueError) as error:
        raise DamagedValue(f"{text!r} is not JSON") from error


# The options of `sqlalchemy.create_engine` with which engines use these functions.
JSON_OPTIONS: Final[dict[str, Any]] = {
    "json_serializer": _to_json,
    "json_deserializer": _from_json,
}
