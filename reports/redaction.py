"""Mask secrets in the records of a report, once, so that no format has to do it.

There are two kinds. Credentials (`https://name:password@host/`) are removed from every text.
Token-like parameters are shown where a page cites them, as everybody can read them there; those
that only a server's response brought (a redirect, a canonical address) have their values replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct

from store.queries.link_history import RecentHistory
from store.queries.links import LinkFinding
from store.vocabulary import ProbeRequest
from store.vocabulary.secrets import redact_tokens, remove_credentials

_Record = TypeVar("_Record")
_ENCODER = msgspec.msgpack.Encoder()
# Every text with a secret has one of these. Searching the encoded record for them takes a
# hundredth of the time that masking takes.
_CREDENTIAL_SIGNS = (b"@", b"%40", b"%2540")
_TOKEN_SIGNS = (
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
        record: A struct, dataclass, mapping, tuple, list or text.
        cited: What pages cite; tokens in it are shown. None shows all tokens, for records of what
            a page itself says.

    Returns:
        The same object if there is nothing to mask, else a copy of its type.
    """
    if not _may_hold_secrets(record, tokens=cited is not None):
        return record
    return cast("_Record", _mask(record, cited))


def mask_histories(histories: Mapping[int, RecentHistory]) -> Mapping[int, RecentHistory]:
    """Mask the secrets in the histories of links."""
    return {
        link_id: RecentHistory(history.spans, mask_requests(history.requests))
        for link_id, history in histories.items()
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
    if any(sign in encoded for sign in _CREDENTIAL_SIGNS):
        return True
    if not tokens or (b"=" not in encoded and b"%" not in encoded):
        return False
    lowered = encoded.lower()
    return any(sign in lowered for sign in _TOKEN_SIGNS)


def _mask(value: Any, cited: str | None) -> Any:
    if type(value) is str:  # enums are texts, too, and have nothing to mask
        without_credentials = remove_credentials(value)
        if cited is None:
            return without_credentials
        return redact_tokens(without_credentials, cited)
    if isinstance(value, tuple | list):
        parts = [_mask(part, cited) for part in value]
        unchanged = all(new is old for new, old in zip(parts, value, strict=True))
        return value if unchanged else type(value)(parts)
    if isinstance(value, Mapping):
        return {name: _mask(part, cited) for name, part in value.items()}
    if isinstance(value, Struct):
        changes = _changes(value, value.__struct_fields__, cited)
        return msgspec.structs.replace(value, **changes) if changes else value
    if is_dataclass(value) and not isinstance(value, type):
        changes = _changes(value, [each.name for each in fields(value)], cited)
        return replace(value, **changes) if changes else value
    return value


def _changes(record: object, names: Iterable[str], cited: str | None) -> dict[str, Any]:
    """Return the masked values of the fields that masking changes."""
    changes: dict[str, Any] = {}
    for name in names:
        value = getattr(record, name)
        masked = _mask(value, cited)
        if masked is not value and masked != value:
            changes[name] = masked
    return changes
