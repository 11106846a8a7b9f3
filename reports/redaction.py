"""Secrets inside records: masked once, where the store's records become a report's, so that no format has to think of it.

Two kinds. Credentials (`https://name:word@host/`) are left out of every text. Token-like parameters stay where a page cites them, as
everybody can read them there; what only a server's answer brought (a redirect, a canonical address) has its value replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct

from store.queries.link_history import RecentHistory
from store.queries.links import LinkFinding
from store.vocabulary import ProbeRequest
from store.vocabulary.secrets import remove_credentials, redact_tokens

_Record = TypeVar("_Record")
_ENCODER = msgspec.msgpack.Encoder()
# What every text to be masked has: a look for these takes a hundredth of the time that masking a record takes.
_OF_CREDENTIALS = (b"@", b"%40", b"%2540")
_OF_TOKENS = (
    b"token",
    b"auth",
    b"key",
    b"jwt",
    b"secret",
    b"sig",
    b"credential",
    b"sess",
    b"passw",
    b"pwd",
)


def mask_secrets(record: _Record, cited: str | None = None) -> _Record:
    """Mask the secrets in every text of a record, however deep.

    Args:
        record: a struct, dataclass, mapping, tuple, list or text.
        cited: what pages cite; tokens in it are shown. None shows all tokens: the record is what a page itself says.

    Returns:
        The same object if there is nothing to mask, else a copy of its type.
    """
    return (
        cast("_Record", _mask(record, cited))
        if _may_hold_secrets(record, tokens=cited is not None)
        else record
    )


def mask_histories(pasts: Mapping[int, RecentHistory]) -> Mapping[int, RecentHistory]:
    """Mask the secrets in the recent past of links."""
    return {
        link_id: RecentHistory(past.spans, mask_requests(past.requests))
        for link_id, past in pasts.items()
    }


def mask_requests(requests: tuple[ProbeRequest, ...]) -> tuple[ProbeRequest, ...]:
    """Mask the secrets of a probe's requests; the first one is for the cited address."""
    return mask_secrets(requests, requests[0].url) if requests else ()


def cited_addresses(link: LinkFinding) -> str:
    """Return every address of a link that pages cite, one a line."""
    return "\n".join((link.url, *(place.url for place in link.citations)))


def _may_hold_secrets(record: object, *, tokens: bool) -> bool:
    try:
        encoded = _ENCODER.encode(record)
    except UnicodeEncodeError:  # half a surrogate pair
        return True
    if any(mark in encoded for mark in _OF_CREDENTIALS):
        return True
    lowered = encoded.lower() if tokens and (b"=" in encoded or b"%" in encoded) else b""
    return any(word in lowered for word in _OF_TOKENS)


def _mask(value: Any, cited: str | None) -> Any:
    if type(value) is str:  # enums are texts, too, and have nothing to mask
        told = remove_credentials(value)
        return told if cited is None else redact_tokens(told, cited)
    if isinstance(value, tuple | list):
        parts = [_mask(part, cited) for part in value]
        return (
            value
            if all(new is old for new, old in zip(parts, value, strict=True))
            else type(value)(parts)
        )
    if isinstance(value, Mapping):
        return {name: _mask(part, cited) for name, part in value.items()}
    if isinstance(value, Struct):
        changes = _changes(value, value.__struct_fields__, cited)
        return msgspec.structs.replace(value, **changes) if changes else value
    if is_dataclass(value) and not isinstance(value, type):
        changes = _changes(value, [each.name for each in fields(value)], cited)
        return replace(value, **changes) if changes else value
    return value


def _changes(record: Any, names: Any, cited: str | None) -> dict[str, Any]:
    """Return the fields whose masked values differ."""
    before = {name: getattr(record, name) for name in names}
    after = {name: _mask(value, cited) for name, value in before.items()}
    return {
        name: value
        for name, value in after.items()
        if value is not before[name] and value != before[name]
    }
