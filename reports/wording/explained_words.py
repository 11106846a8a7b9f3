"""Define the meaning of the other words of reports, and what to do: data for `explanations`.

Each word is mapped to its meaning, a phrase without a full stop, and to advice in sentences. Both
are Markdown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_NOTHING: Final = "Nothing."
_IGNORE: Final = (
    "To skip the link from now on, write `<!-- holdfast: ignore -->` on its line (AsciiDoc, "
    "reStructuredText and BibTeX have comments of their own), or add it to `exclude` in the "
    "configuration."
)

_OPEN: Final = "Open the address. If it shows the same page, cite it."
_COMPARE: Final = "Look at the differences: `holdfast history --diff URL`."

STATE_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
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
        f"Open it in a browser. If it works there, do nothing. {_IGNORE}",
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

NOTE_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
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
        "Check whether the copy shown is good enough.",
    ),
    "cut-off": (
        "the archive's page ends too early, so that a part of the text may be missing",
        "Nothing if another copy is offered; otherwise check whether the cited part is there.",
    ),
    "case-mismatch": (
        "the archive has the address only with other upper and lower case letters",
        "Check whether the copy shows the same page.",
    ),
}

ARCHIVE_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "unverified": ("a copy that was not checked yet", "Nothing: a later run checks it."),
    "faithful": ("a copy that shows what was cited, as of the time in its address", _NOTHING),
    "unusable": (
        "a copy that does not replay, or shows something else",
        "Nothing: it is never offered. `holdfast archive` looks for another one.",
    ),
    "queued": ("a capture that is decided on, not yet requested", _NOTHING),
    "requested": ("a capture that was requested; the result is not known", _NOTHING),
    "pending": (
        "a capture that the archive is working on",
        "Nothing: a later run asks the archive again.",
    ),
    "captured": ("a capture that the archive reports as made", "Nothing: it is checked next."),
    "verified": ("a capture that was checked and shows what was cited", _NOTHING),
    "captured-unusable": (
        "a capture that shows something else, such as a bot check",
        "Save the page in another way, or `holdfast archive --to local`.",
    ),
    "failed": (
        "a capture that the archive could not make, or refused",
        "Nothing: it is requested again later, if that can help. The detail says why it failed.",
    ),
}

EVIDENCE_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
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

INTERNAL_LINK_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
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

PAGE_WARNING_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
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
    "unread-format": (
        "the folder contains files of a wiki format that is not read",
        'Install a reader for the format, or set its suffix to "skip" under `[formats]`.',
    ),
    "too-large": ("the file is larger than 20 MB", "Split it, or ignore it."),
    "unclosed-block": (
        "a block of the page is never closed: it is read up to the end of the page",
        "Add the missing line that closes it.",
    ),
    "unreadable": ("the file cannot be read", "Check its permissions."),
}
