"""Write the explanation of a word of reports, in the language of the reports."""

from __future__ import annotations

from collections.abc import Iterator

from reports.i18n import Lang, Translator
from reports.wording.explanations import Explanation
from reports.wording.labels import REASON_LABELS, VERDICT_LABELS
from store.vocabulary import Reason, Verdict


def explanation_lines(
    explanation: Explanation,
    translate: Translator,
    *,
    verdict: Verdict | None,
    with_advice: bool = True,
) -> Iterator[str]:
    """Yield the lines that explain a word.

    Args:
        explanation: The explanation of the word.
        translate: Translates to the language of the reports.
        verdict: The verdict that the word is a reason for, None for other words.
        with_advice: Whether to include the advice.
    """
    if verdict is None:
        title = translate(explanation.kind.value).lower()
    else:
        reason_label = translate(REASON_LABELS[Reason(explanation.word)])
        # The English documentation and JSON name a verdict by its word.
        is_english = translate.lang is Lang.EN
        verdict_label = verdict.value if is_english else translate(VERDICT_LABELS[verdict])
        title = translate("{verdict}: {reason}", verdict=verdict_label, reason=reason_label)
    yield translate("{word} ({title})", word=explanation.word, title=title)
    yield f"  {translate(explanation.meaning)}"
    if with_advice:
        advice = translate(explanation.advice)
        yield "  " + translate("What to do: {advice}", advice=advice)


def explanation_url(docs_url: str, word: str) -> str:
    """Return the address that explains a word, or "" if the documentation has no address.

    >>> explanation_url("https://docs.example/", "page/salvaged")
    'https://docs.example/reference/reasons/#pagesalvaged'
    """
    return f"{docs_url.rstrip('/')}/reference/reasons/#{word.replace('/', '')}" if docs_url else ""
