"""Recognise an archive's own notices that come with a success status instead of a capture.

They say that the archive is out of service, that it does not show a page, or that it has none.
Only tiny pages without the headers of a replay are searched for them: a capture may have any text.
"""

from __future__ import annotations

from typing import Final

from crawler.liveness.case import TINY_PAGE, Case, make_judgement
from crawler.liveness.phrases.soft404_phrases import compile_any
from store.vocabulary import Judgement, Reason

# Matched against text after `normalise`. Observed at the archives of `crawler.archives`.
EXCLUSION_WORDS: Final = compile_any(
    r"has been excluded from", r"cannot be (?:displayed|crawled or displayed) due to robots\.txt", r"access blocked: robots",
    r"access to this (?:resource|page|collection|record) is restricted", r"this record is private",
)  # fmt: skip
_MISSING_WORDS: Final = compile_any(
    r"has not archived that url", r"^not in (?:the )?archive\b", r"(?:has|was|is) not (?:been )?(?:archived|in (?:the|this|our) archive)", r"\barchive not found",
    r"\bno (?:captures?|mementos?|archived (?:page|version)s?) (?:found|of|for)\b", r"não foi arquivad", r"no (?:se )?ha sido archivad",
)  # fmt: skip
_OUTAGE_WORDS: Final = compile_any(
    r"temporarily (?:offline|unavailable|down)", r"(?:scheduled|under|undergoing|for) maintenance", r"cannot be displayed due to an internal error",
    r"gone fishing", r"too many requests", r"limiting the number of urls", r"^(?:wayback machine )?job failed", r"\bdb connection failed", r"error establishing a database",
    r"(?:please )?try again (?:later|in a few)", r"temporariamente (?:indisponível|fora)", r"temporalmente no disponible", r"temporairement indisponible",
    r"currently being archived", r"page is being archived", r"メンテナンス中", r"维护中", r"維護中", r"технические работы",
)  # fmt: skip


def archive_notice(case: Case) -> Judgement | None:
    """Judge a notice of the archive itself that is served in place of a capture.

    Args:
        case: The probe of a mirror whose response has none of the headers of a replay.

    Returns:
        FORBIDDEN if the archive does not show the page, NOT_FOUND if it does not have it,
        INTERRUPTED if it is out of service; None for what may be a capture.
    """
    if not case.served or not case.is_read or case.text_length > TINY_PAGE:
        return None
    words = f"{case.title} {case.text}"
    if EXCLUSION_WORDS.search(words):
        return make_judgement(Reason.FORBIDDEN, "excluded")
    if found := _OUTAGE_WORDS.search(words):
        return make_judgement(Reason.INTERRUPTED, f"the archive says: {found[0]}")
    if _MISSING_WORDS.search(case.text) or _MISSING_WORDS.search(case.title):
        return make_judgement(Reason.NOT_FOUND, "not in the archive")
    return None
