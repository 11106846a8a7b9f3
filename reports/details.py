"""Translate the details of reasons: fixed phrases of Holdfast's own, with a URL or a number.

Details are stored in English, and programs get them so. What servers, archives and libraries say is
shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from string import Formatter
from typing import Final

from reports import labels
from reports.i18n import Lang, Translator
from store.vocabulary import Reason

_URL: Final = r"[A-Za-z][A-Za-z0-9+.-]*:\S*"
# What may stand in a field of a phrase, by the field's name.
_FIELDS: Final[Mapping[str, str]] = {
    "status": r"\d{3}",
    "number": r"[\d,]+",
    "day": r"\d{4}-\d\d-\d\d",
    "fault": r"[a-z-]+",
    "reason": r"[a-z0-9-]+",
    "url": _URL,
    "original": _URL,
    "host": r"[^\s:]+\.[^\s:]+",
}

DETAIL_PHRASES: Final = (
    # of verdicts
    "{status} at {url}",
    "{status} is accepted for this link",
    "{status} with a Location of more than {number} characters, not followed",
    "{status} without a Location that can be followed",
    "304, unchanged",
    "HEAD request: {reason}; GET was not tried",
    "a page that names the domain, at every address",
    "a password field and little text",
    "another text and language than archived",
    "another text than archived, redirect",
    "another text than archived, shared-redirect",
    "as {url}",
    "asks for consent, at {url}",
    "at {url}",
    "back to {url}",
    "for sale, or on a parking service",
    "its data says that there is nothing",
    "its pages refresh without end, to {url}",
    "more than {number} redirects",
    "no request was made",
    "nothing at any address, where text is archived",
    "nothing at any address, where text of another page is archived",
    "only a preview is shown",
    "redirects to {host}",
    "redirects to {url}",
    "suspended by its hosting provider",
    "the redirect to {url} was not followed",
    "the same page at every address, in place of another cited one, too",
    "the same page at every address, no word of the citation",
    "the same page for any query, without the archived text",
    "the same page, like a random address",
    "the text of the archived page",
    "to {url}",
    "to {url}, from {original}",
    "to {url}, which shows the archived text",
    "{url}, like a random address",
    "{host}: names under .invalid do not exist",
    "{host}: no nameserver answered",
    "{host}: the name does not exist",
    "{host}: the name has no address",
    "{host}: the resolver did not answer in time",
    # of verdicts on archive copies
    "captured with status {status}",
    "excluded",
    "not in the archive",
    "the archive did not respond: {fault}",
    "the archive has {url} instead",
    "the archive returned {status}",
    "the archive showed a page of its own",
    "the archive shows a copy of {url} instead",
    "the archive shows no copy, it leads to {url}",
    "the capture is a redirect to {url}",
    "the capture is a {reason} page",
    "the capture is an error page",
    "the capture is empty",
    # of lookups and captures
    "found in the index",
    "no result within {number} minutes",
    "none of {number} copies shows the page",
    "not in the index yet",
    "recorded under other spellings only",
    "the archive made a copy of {url} instead",
    "the archive named a copy of {day} and made none",
    "the keys were removed",
    "the last request produced no capture",
)
# What every system says of a connection that it could not make.
SYSTEM_PHRASES: Final = (
    "Connection refused",
    "Connection reset by peer",
    "Connection timed out",
    "Network is unreachable",
    "No route to host",
)
# The clues of a soft 404, and the kinds of TLS errors.
CLUE_LABELS: Final[Mapping[str, str]] = {
    "title": "title",
    "text": "text",
    "size": "size of the page",
    "address": "address",
    "robots": "closed to search engines",
    "canonical": "canonical URL",
    "sibling": "like a random address",
    "shared-redirect": "redirect of many links",
    "archive": "another text than archived",
}
TLS_LABELS: Final[Mapping[str, str]] = {
    "certificate-expired": "certificate expired",
    "certificate-wrong-host": "certificate of another host",
    "certificate-self-signed": "self-signed certificate",
    "certificate-revoked": "certificate revoked",
    "certificate-issuer-unknown": "issuer of the certificate unknown",
}
_AFTER_REDIRECT = re.compile(r"(.+) \(at (\S+)\)")


def translate_detail(detail: str, translate: Translator) -> str:
    """Return the detail of a reason in the language of a report.

    It may contain text from outside, as it did before: formats escape it.

    >>> from reports.i18n import translator_for
    >>> translate_detail("captured with status 404", translator_for(Lang.ZH))
    '存档时的状态码为 404'
    >>> translate_detail("Please log in", translator_for(Lang.ZH))
    'Please log in'
    """
    if not detail or translate.lang is Lang.EN:
        return detail
    if redirected := _AFTER_REDIRECT.fullmatch(detail):
        inner = translate_detail(redirected[1], translate)
        return f"{inner} ({translate('at {url}', url=redirected[2])})"
    kind, colon, text = detail.partition(": ")
    if kind in TLS_LABELS:
        return translate(TLS_LABELS[kind]) + (translate(": ") + text if colon else "")
    clues = detail.split(", ")
    if all(clue in CLUE_LABELS for clue in clues):
        return translate.join(translate(CLUE_LABELS[clue]) for clue in clues)
    if detail in _FIXED:
        return translate(detail)
    return _fill_phrase(detail, translate)


def _fill_phrase(detail: str, translate: Translator) -> str:
    """Return a phrase with fields in the language of a report; the detail itself if it is none."""
    for phrase, pattern in _patterns():
        if match := pattern.fullmatch(detail):
            fields = match.groupdict()
            if fields.get("reason") in labels.REASON_LABELS:
                fields["reason"] = translate(labels.REASON_LABELS[Reason(fields["reason"])])
            return translate(phrase, **fields)
    return detail


_FIXED: Final = frozenset(
    phrase for phrase in (*DETAIL_PHRASES, *SYSTEM_PHRASES) if "{" not in phrase
)


@cache
def _patterns() -> Sequence[tuple[str, re.Pattern[str]]]:
    """Return the phrases that have fields, each with the pattern of its details."""
    compiled = []
    for phrase in DETAIL_PHRASES:
        if phrase in _FIXED:
            continue
        pattern = "".join(
            re.escape(text) + (f"(?P<{name}>{_FIELDS[name]})" if name else "")
            for text, name, _, _ in Formatter().parse(phrase)
        )
        compiled.append((phrase, re.compile(pattern)))
    return compiled
