"""Explain the words of reports: what each means, and what to do about it.

`holdfast explain` prints these texts, and the documentation is generated from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reports.explained_reasons import ADVICE_OF_REASONS, MEANING_OF_REASONS
from store.vocabulary import Reason


class WordKind(StrEnum):
    """The kinds of words in a report; their values are the titles of groups of explanations."""

    REASON = "Reasons for a verdict"
    STATE = "States and sections of reports"
    NOTE = "Notes and warnings about a link"
    ARCHIVE = "Archive copies and captures"
    EVIDENCE = "Evidence for a new address, and changes of content"
    INTERNAL = "Links within the wiki"
    PAGE = "Warnings about a page"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation of a word.

    Attributes:
        word: The stable word, as in JSON.
        kind: What it is.
        meaning: When it is used: a phrase without a full stop, in Markdown.
        advice: What to do: sentences, in Markdown.
    """

    word: str
    kind: WordKind
    meaning: str
    advice: str


_NOTHING: Final = "Nothing."
_IGNORE: Final = (
    "To skip the link from now on, write `<!-- holdfast: ignore -->` on its line (AsciiDoc, "
    "reStructuredText and BibTeX have comments of their own), or add it to `exclude` in the "
    "configuration."
)

_OPEN: Final = "Open the address. If it shows the same page, cite it."
_COMPARE: Final = "Look at the differences: `holdfast history --diff URL`."

_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "unchecked": ("not checked yet", "Nothing: the next run checks it."),
    "alive": ("the last check found the page", _NOTHING),
    "moved": (
        "the page is served after a permanent redirect to a new address",
        "`holdfast fix` replaces the old address; nothing is broken until then.",
    ),
    "suspect": (
        "failing, but not confirmed: it may recover",
        (
            "Wait: it is checked again after 1 hour, 1 day, 3 days and 2 days. "
            "`holdfast fix --suspects` includes it."
        ),
    ),
    "broken": (
        "confirmed broken by several checks over six days",
        (
            "With an archive copy: `holdfast fix` shows the patch, and with `--write` applies it. "
            f"Without one: cite another source, or remove the link. {_IGNORE}"
        ),
    ),
    "blocked": (
        "the server refuses Holdfast's requests; readers may well see the page",
        f"Open it in a browser. If it works there, nothing. {_IGNORE}",
    ),
    "unsure": (
        "no check had a result that says anything about the link",
        "Nothing: it is checked again the next day.",
    ),
    "skipped": ("not requested, because of the configuration or of the address", _NOTHING),
    "newly-broken": (
        "confirmed broken since the run before",
        "As for `broken`: run `holdfast fix`.",
    ),
    "mirror-broken": (
        "an archive copy that a page cites fails",
        "`holdfast fix` replaces it by another copy, if one works.",
    ),
    "possibly-moved": (
        "failing, with evidence for a new address",
        (
            "Open the new address. If it shows the same page, cite it; with strong evidence "
            "`holdfast fix` offers it."
        ),
    ),
    "content-changed": (
        "alive, but most of the cited text is no longer on the page",
        (
            "Compare it with the archive copy: `holdfast history --diff URL`. "
            "Cite the copy if the old text is what you need."
        ),
    ),
    "recovered": ("failed before, and works again", _NOTHING),
    "covered": (
        "failing, but every citation already leads to a working archive copy",
        _NOTHING,
    ),
    "acknowledged": (
        "failing, and accepted with `holdfast ack`",
        "Nothing until its date, if it has one. `holdfast ack --remove URL` takes it back.",
    ),
    "without-mirror": (
        "no usable archive copy is known",
        (
            "`holdfast archive` looks for copies. With `archives.capture = true` it asks the "
            "Wayback Machine to save living pages."
        ),
    ),
    "archives-refused": (
        "the site or an archive refuses public copies of it",
        (
            "Keep a copy of your own: `holdfast archive --to local`; from then on runs save such "
            "pages by themselves."
        ),
    ),
    "not-checked": (
        "not checked yet, or the last check had no result",
        "Nothing: the next run checks it.",
    ),
}

_NOTES: Final[Mapping[str, tuple[str, str]]] = {
    "unreachable-from-here": (
        "failing in a way that our own network may cause, and no archive confirms it",
        (
            "Open it from another network. It does not become broken until an archive has no newer "
            "copy either."
        ),
    ),
    "fragment-missing": (
        "the page is there, but the part after `#` is not on it",
        "Look for the new name of the section, or remove the part after `#`.",
    ),
    "other-capture": (
        "the archive shows another capture than the one that the address names",
        "Look whether the copy shown is good enough.",
    ),
    "cut-off": (
        "the archive's page ends too early, so that a part of the text may be missing",
        "Nothing if another copy is offered; otherwise look whether the cited part is there.",
    ),
    "case-mismatch": (
        "the archive has the address only with other upper and lower case letters",
        "Look whether the copy shows the same page.",
    ),
}

_ARCHIVE: Final[Mapping[str, tuple[str, str]]] = {
    "unverified": ("a copy that was not looked at yet", "Nothing: a later run looks at it."),
    "faithful": ("a copy that shows what was cited, as of the time in its address", _NOTHING),
    "unusable": (
        "a copy that does not replay, or shows something else",
        "Nothing: it is never offered. `holdfast archive` looks for another one.",
    ),
    "queued": ("a capture that is decided on, not yet requested", _NOTHING),
    "requested": ("a capture that was requested; the result is not known", _NOTHING),
    "pending": ("a capture that the archive is working on", "Nothing: a later run asks again."),
    "captured": ("a capture that the archive reports as made", "Nothing: it is looked at next."),
    "verified": ("a capture that was looked at and shows what was cited", _NOTHING),
    "captured-unusable": (
        "a capture that shows something else, such as a bot check",
        "Save the page in another way, or `holdfast archive --to local`.",
    ),
    "failed": (
        "a capture that the archive could not make, or refused",
        "Nothing: it is requested again later, if that can help. The detail says why it failed.",
    ),
}

_EVIDENCE: Final[Mapping[str, tuple[str, str]]] = {
    "archived-redirect": ("an archive recorded a redirect to the address", _OPEN),
    "canonical": ("the archived page names the address as its canonical one", _OPEN),
    "url-pattern": ("other pages of the site moved by the same pattern", _OPEN),
    "agreeing-patterns": (
        "two independent patterns of the site lead to the address, which was not compared",
        _OPEN,
    ),
    "misspelt": (
        "the address was archived, the cited one never was, and they differ by one typing error",
        _OPEN,
    ),
    "same-name": ("the site lists the address, with the same last part or number", _OPEN),
    "title": ("a page there has the title of the archived one", _OPEN),
    "unchanged": ("the living page has the text that was cited", _NOTHING),
    "partly-changed": ("the living page lacks parts of the text that was cited", _COMPARE),
    "changed": ("the living page no longer has most of the text that was cited", _COMPARE),
    "unknown": ("page and copy cannot be compared; the detail says why", _NOTHING),
}

_INTERNAL: Final[Mapping[str, tuple[str, str]]] = {
    "missing-page": (
        "no such page or file in the wiki",
        "Correct the path. If root-relative links start from another folder, set `docs_root`.",
    ),
    "missing-heading": (
        "the page is there, but it has no such heading or id",
        "Correct the part after `#`, or give the heading that id.",
    ),
    "outside-root": (
        "the link leads out of the wiki's folder",
        "Use the address on the web, or move the file into the wiki.",
    ),
}

_PAGE: Final[Mapping[str, tuple[str, str]]] = {
    "bad-name": ("the file's name is not UTF-8", "Rename the file."),
    "binary": ("the file is binary, no text", "Give it another suffix, or ignore it."),
    "broken-front-matter": ("the front matter is not valid YAML", "Correct the line named."),
    "broken-template": ("a template on the page is never closed", "Add the missing `}}`."),
    "duplicate-definition": (
        "two definitions of one reference: Markdown uses the first one",
        "Remove or rename one of them.",
    ),
    "duplicate-footnote": ("two footnotes with one label", "Rename one of them."),
    "empty-notebook": (
        "the notebook is empty",
        "Save it again in Jupyter, or delete the file.",
    ),
    "guessed-encoding": ("the file is not UTF-8", "Save it as UTF-8."),
    "internal-error": (
        "a bug in Holdfast",
        "Please report it; the warning names the kind and the place.",
    ),
    "no-pages": ("the folder contains no file of a known format", "Correct `pages`."),
    "outside-wiki": (
        "a symbolic link leads out of the wiki; it is not followed",
        "Copy the file, or ignore it.",
    ),
    "read-plainly": (
        "the page could not be parsed; its URLs were found without their context",
        "Simplify the page; deeply nested markup is the usual cause.",
    ),
    "salvaged": (
        "a malformed link that was repaired to find its URL",
        "Correct it on the page: readers' browsers may not repair it.",
    ),
    "settings": (
        "the settings of the wiki's generator cannot be read",
        "Correct the file named, or set `docs_root`.",
    ),
    "symlink-loop": ("a symbolic link that leads to itself", "Remove it."),
    "too-large": ("the file is larger than 20 MB", "Split it, or ignore it."),
    "unclosed-block": (
        "a block of the page is never closed: it is read up to the end of the page",
        "Add the missing line that closes it.",
    ),
    "unreadable": ("the file cannot be read", "Check its permissions."),
}


def _all_explanations() -> Iterator[Explanation]:
    for reason in Reason:
        yield Explanation(
            reason.value,
            WordKind.REASON,
            MEANING_OF_REASONS[reason],
            ADVICE_OF_REASONS[reason],
        )
    for kind, texts in (
        (WordKind.STATE, _STATES),
        (WordKind.NOTE, _NOTES),
        (WordKind.ARCHIVE, _ARCHIVE),
        (WordKind.EVIDENCE, _EVIDENCE),
        (WordKind.INTERNAL, _INTERNAL),
        (WordKind.PAGE, _PAGE),
    ):
        for word, (meaning, advice) in texts.items():
            # Rules of SARIF have this prefix, and a reason can have the same name.
            name = f"page/{word}" if kind is WordKind.PAGE else word
            yield Explanation(name, kind, meaning, advice)


EXPLANATIONS: Final[Mapping[str, Explanation]] = {
    explanation.word: explanation for explanation in _all_explanations()
}


def explanation_of(text: str) -> Explanation | None:
    """Return the explanation of a word.

    Args:
        text: A word in any case, with spaces or hyphens; or an HTTP status code.

    Returns:
        None if the word is unknown.

    >>> explanation_of("Not found").word, explanation_of("503").word, explanation_of("418").word
    ('not-found', 'server-error', 'client-error')
    """
    word = "-".join(text.strip().casefold().replace("_", "-").split())
    if word.isdecimal() and len(word) == 3:
        reason = reason_of_status(int(word))
        return EXPLANATIONS[reason.value] if reason else None
    return EXPLANATIONS.get(word) or EXPLANATIONS.get(f"page/{word}")


_STATUS_REASONS: Final[Mapping[int, Reason]] = {
    401: Reason.UNAUTHORIZED,
    402: Reason.PAYWALL,
    403: Reason.FORBIDDEN,
    404: Reason.NOT_FOUND,
    407: Reason.UNAUTHORIZED,
    410: Reason.GONE,
    429: Reason.RATE_LIMITED,
    451: Reason.LEGAL,
    511: Reason.NETWORK_DOWN,
    999: Reason.CHALLENGE,
}


def reason_of_status(status: int) -> Reason | None:
    """Return the reason that an HTTP status usually leads to; None for a redirect and the like."""
    if status in _STATUS_REASONS:
        return _STATUS_REASONS[status]
    if status in range(200, 300):
        return Reason.OK
    if status in range(400, 500):
        return Reason.CLIENT_ERROR
    if status in range(500, 600):
        return Reason.SERVER_ERROR
    return None
