"""Translate the details of reasons that are phrases of Holdfast (`reports.wording.detail_phrases`).

Details are stored in English, and formats for programs contain them untranslated. Messages of
servers, archives and libraries are not translated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from string import Formatter
from typing import Final

from reports.i18n import Lang, Translator
from reports.wording import labels
from reports.wording.detail_phrases import (
    ADDRESS_PHRASES,
    CLUE_LABELS,
    DETAIL_PHRASES,
    SYSTEM_PHRASES,
    TLS_LABELS,
)
from store.vocabulary import Reason, TrackedState

_URL: Final = r"[A-Za-z][A-Za-z0-9+.-]*:\S*"
# Patterns of the fields of phrases, by the field's name.
_FIELDS: Final[Mapping[str, str]] = {
    "status": r"\d{3}",
    "number": r"[\d,]+",
    "day": r"\d{4}-\d\d-\d\d",
    "fault": r"[a-z-]+",
    "reason": r"[a-z0-9-]+",
    "url": _URL,
    "original": _URL,
    "host": r"[^\s:]+\.[^\s:]+",
    "site": r"[a-z][a-z.]*",
    "seconds": r"[\d.,]+",
    "name": r"\S+",
    "rfc": r"RFC \d+",
    "stamp": r"\d{14}",
    "address": r"[0-9a-fA-F.:%\[\]]+",
    "text": r".+",  # text from outside, or another detail, which is translated
}

# Details that only repeat a reason. If one has a field, only the field's text is worth showing.
_REPEATING: Final[Mapping[Reason, Sequence[str]]] = {
    Reason.CONNECTION_REFUSED: ("Connection refused",),
    Reason.CONNECTION_RESET: ("Connection reset by peer",),
    Reason.TIMEOUT: ("no response in time",),
    Reason.PARKED: ("for sale, or on a parking service",),
    Reason.DOMAIN_NOT_FOUND: ("{host}: the name does not exist",),
    Reason.CHALLENGE: ("captcha page", "{site}: CAPTCHA or bot check"),
    Reason.LOGIN_WALL: ("{site}: login required",),
}
_SINGULAR = re.compile(r"(\d{14}, 1 (?:day|hour|second))( earlier| later)")  # phrases have plurals
_AFTER_REDIRECT = re.compile(r"(.+) \(at (\S+)\)")


def translate_detail(detail: str, translate: Translator) -> str:
    """Return the detail of a reason in the language of a report.

    The result is not escaped: like the detail, it may contain text from outside.

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
    if detail in _PHRASES_WITHOUT_FIELDS:
        return translate(detail)
    return _fill_phrase(_SINGULAR.sub(r"\1s\2", detail), translate) or detail


def translate_detail_of(tracked: TrackedState, translate: Translator) -> str:
    """Return the detail of a state in the language of a report, without what the reason says.

    In English, only a detail that is the reason's label is left out. In other languages, a detail
    that only repeats the reason becomes the site or host and the redirect target in it, or "" if it
    has neither.

    >>> from reports.i18n import translator_for
    >>> tracked = TrackedState(reason=Reason.CONNECTION_REFUSED, detail="Connection refused")
    >>> translate_detail_of(tracked, translator_for(Lang.ZH))
    ''
    """
    detail = tracked.detail
    if tracked.reason and detail.casefold() == labels.REASON_LABELS[tracked.reason].casefold():
        return ""
    repeating = _REPEATING.get(tracked.reason, ()) if tracked.reason else ()
    if translate.lang is Lang.EN or not repeating:
        return translate_detail(detail, translate)
    redirected = _AFTER_REDIRECT.fullmatch(detail)
    phrase_text = redirected[1] if redirected else detail
    matches = (
        pattern.fullmatch(phrase_text) for phrase, pattern in _patterns() if phrase in repeating
    )
    match = next(filter(None, matches), None)
    if match is None and phrase_text not in repeating:
        return translate_detail(detail, translate)
    text = match[1] if match else ""
    if not redirected:
        return text
    place = translate("at {url}", url=redirected[2])
    return f"{text} ({place})" if text else place


def _fill_phrase(detail: str, translate: Translator) -> str:
    """Return the translation of a detail that is a phrase with fields; "" if it is not one."""
    for phrase, pattern in _patterns():
        if match := pattern.fullmatch(detail):
            fields = match.groupdict()
            if fields.get("reason") in labels.REASON_LABELS:
                fields["reason"] = translate(labels.REASON_LABELS[Reason(fields["reason"])])
            if "text" in fields:
                fields["text"] = translate_detail(fields["text"], translate)
            return translate(phrase, **fields)
    return ""


_PHRASES_WITHOUT_FIELDS: Final = frozenset(
    phrase for phrase in (*DETAIL_PHRASES, *ADDRESS_PHRASES, *SYSTEM_PHRASES) if "{" not in phrase
)


@cache
def _patterns() -> Sequence[tuple[str, re.Pattern[str]]]:
    """Return the phrases that have fields, each with the pattern of its details."""
    compiled = []
    for phrase in (*DETAIL_PHRASES, *ADDRESS_PHRASES):
        if phrase in _PHRASES_WITHOUT_FIELDS:
            continue
        pattern = "".join(
            re.escape(text) + (f"(?P<{name}>{_FIELDS[name]})" if name else "")
            for text, name, _, _ in Formatter().parse(phrase)
        )
        compiled.append((phrase, re.compile(pattern)))
    return compiled
