"""Mask secrets in the records of a report, once, so that no format has to do it.

There are two kinds. Credentials (`https://name:password@host/`) are removed from every text.
Token-like parameters are shown if a page cites them, as everybody can read them there. If they come
from a server's response only (a redirect, a canonical URL), their values are replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct

from store.queries.link_history import RecentHistory
from store.queries.link_records import LinkFinding
from store.queries.ordinary_links import OrdinaryLink
from store.vocabulary import ProbeRequest
from store.vocabulary.secrets import redact_tokens, remove_credentials

_Record = TypeVar("_Record")
_ENCODER = msgspec.json.Encoder()
# Every text with a secret contains one of these. Searching for them first saves the masking of most
# records, which takes a hundred times as long.
_CREDENTIAL_SIGN = "@"
_ENCODED_CREDENTIAL_SIGNS = ("%40", "2540")  # the latter also if encoded more than twice
_TOKEN_SIGNS = (
    "token",
    "auth",
    "key",
    "jwt",
    "secret",
    "sig",
    "credential",
    "sess",
    "passw",
    "pwd",
)


def mask_secrets(record: _Record, cited: str | None = None) -> _Record:
    """Mask the secrets in every text of a record, however deep.

    Args:
        record: A struct, dataclass, mapping, tuple, list or text.
        cited: The URLs that pages cite; their tokens are shown. None shows all tokens, for records
            of the content of pages.

    Returns:
        The same object if there is nothing to mask, else a copy of its type.
    """
    try:
        texts = _ENCODER.encode(record).decode()
    except UnicodeEncodeError:  # a lone surrogate
        return cast("_Record", _mask(record, cited))
    if not _may_hold_secrets(texts, cited, end='"'):
        return record
    return cast("_Record", _mask(record, cited))


def mask_link(link: LinkFinding, cited: str) -> LinkFinding:
    """Return a link with the secrets masked in it, its mirrors and citations.

    The result is that of `mask_secrets`, in half the time, as reports mask every link.
    """
    if not _may_hold_secrets(_texts_of(link), cited, end="\n"):
        return link
    return cast("LinkFinding", _mask(link, cited))


def may_need_masking(link: OrdinaryLink) -> bool:
    """Return whether a text of a link may contain secrets, so that it has to be read as a whole.

    Its requests are not looked at: see `mask_requests`.
    """
    url = link.url
    texts = [link.detail, link.note]
    if link.final_url and link.final_url != url:
        texts.append(link.final_url)
    texts += [mirror.url.removesuffix(url) for mirror in link.mirrors]
    for place in link.citations:
        texts.append(place.text)
        if place.url != url:
            texts.append(place.url)
    uncited = "\n".join(texts)
    if _has_credential_sign(url) or _has_credential_sign(uncited):
        return True
    return ("=" in uncited or "%" in uncited) and _has_token_sign(uncited)


def mask_histories(histories: Mapping[int, RecentHistory]) -> Mapping[int, RecentHistory]:
    """Mask the secrets in the histories of links. Only requests can have any."""
    masked = dict(histories)
    for link_id, history in histories.items():
        if history.requests:
            masked[link_id] = RecentHistory(history.spans, mask_requests(history.requests))
    return masked


def mask_requests(requests: tuple[ProbeRequest, ...]) -> tuple[ProbeRequest, ...]:
    """Mask the secrets of a probe's requests; the first one is for the cited address."""
    return mask_secrets(requests, requests[0].url) if requests else ()


def cited_addresses(link: LinkFinding) -> str:
    """Return every address of a link that pages cite, one a line."""
    return "\n".join((link.url, *(place.url for place in link.citations)))


def _texts_of(link: LinkFinding) -> str:
    """Return all texts of a link, its mirrors and citations, one a line."""
    tracked = link.tracked_state
    texts = [link.url, link.host, tracked.detail, tracked.note, link.original or ""]
    texts += (link.final_url or "", link.listed_by or "", *link.warnings, *link.missing_fragments)
    for mirror in link.mirrors:
        texts += (mirror.url, mirror.final_url or "", mirror.service, mirror.timestamp)
        texts += (mirror.detail, mirror.note, mirror.flaw, *mirror.warnings)
    for place in link.citations:
        texts += (place.page, place.url, place.text, place.footnote or "", *place.notes)
    texts.append("")
    return "\n".join(texts)


def _may_hold_secrets(texts: str, cited: str | None, *, end: str) -> bool:
    """Return whether texts may contain secrets.

    Args:
        texts: The texts, each followed by `end`.
        cited: The URLs that pages cite, one a line; None if all tokens are shown.
        end: The character after each text.
    """
    if _has_credential_sign(texts):
        return True
    if cited is None or ("=" not in texts and "%" not in texts):
        return False
    uncited = _without_cited(texts, cited, end)
    return ("=" in uncited or "%" in uncited) and _has_token_sign(uncited)


def _has_credential_sign(texts: str) -> bool:
    if _CREDENTIAL_SIGN in texts:
        return True
    return "%" in texts and any(sign in texts for sign in _ENCODED_CREDENTIAL_SIGNS)


def _has_token_sign(texts: str) -> bool:
    lowered = texts.lower()
    return any(sign in lowered for sign in _TOKEN_SIGNS)


def _without_cited(texts: str, cited: str, end: str) -> str:
    """Remove the cited URLs from texts that are one, or end with one like the URL of a copy.

    Returns:
        The other texts. They contain all tokens to be masked, but mostly no parameters at all.
    """
    for url in set(cited.split("\n")):
        # Only whole URLs at the end of a text are removed: a part could belong to another URL.
        if url.startswith(("http://", "https://")):
            texts = texts.replace(f"{url}{end}", "")
    return texts


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
