"""Update the catalogs in `reports/locales`: find every message, and compile the translations.

python -m tests.locales

Then fill the empty translations in the .po files and run it again. To add a language: a row in `reports.i18n.Lang`, an empty .po file.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

import reports
from reports.findings.section_titles import (
    ARCHIVE_OBSERVATIONS,
    LEAVING,
    NO_SECOND_COPY,
    ONLY_COPY_UNTRUSTED,
    RETURNED,
    SECTION_TITLES,
)
from reports.findings.todo_sentences import ACTION_TITLES
from reports.formats.html.script_data import FILTER_TITLES
from reports.gate import MissingCopy, Obstacle
from reports.i18n import Lang
from reports.wording import labels
from reports.wording.detail_phrases import (
    ADDRESS_PHRASES,
    CLUE_LABELS,
    DETAIL_PHRASES,
    SYSTEM_PHRASES,
    TLS_LABELS,
)
from reports.wording.explanations import EXPLANATIONS, WordKind
from reports.wording.run_sentences import STOPPED_ENDS, UNCOUNTED_ENDS
from reports.wording.unfixed_labels import UNFIXED_LABELS

REPORTS = Path(reports.__file__).parent
LOCALES = REPORTS / "locales"
TRANSLATE = ("translate", "_translate", "_heading")  # functions whose first argument is a message

# A fixed date, so that the compiled catalog depends on the messages only.
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)

# A message, and its plural form if it counts something.
Message = tuple[str, str | None]


def messages() -> set[Message]:
    """Return every message that a report can show."""
    found: set[Message] = {(text, None) for text in _phrases() if text}
    for path in REPORTS.rglob("*.py"):
        found |= set(_in_python(path.read_text(encoding="utf-8")))
    for path in (REPORTS / "templates").rglob("*.html"):
        found |= set(_in_template(path.read_text(encoding="utf-8")))
    for path in (REPORTS / "templates/script").glob("*.js"):
        script = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'\bn\(\s*"([^"]+)",\s*"([^"]+)"', script))
        found |= {(text, None) for text in re.findall(r'\bt\(\s*"([^"]+)"', script)}
    return found


def catalog_path(lang: Lang) -> Path:
    return LOCALES / lang.replace("-", "_") / "LC_MESSAGES/reports.po"


def read(lang: Lang) -> Catalog:
    with catalog_path(lang).open("rb") as file:
        catalog = read_po(file, locale=lang.replace("-", "_"))
    catalog.creation_date = catalog.revision_date = _NO_TIME
    return catalog


def compiled(catalog: Catalog) -> bytes:
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def update(lang: Lang) -> int:
    """Write the catalog with every message, and return how many have no translation."""
    path = catalog_path(lang)
    before = {_key(message.id): message.string for message in read(lang)} if path.exists() else {}
    catalog = Catalog(
        locale=lang.replace("-", "_"),
        project="Holdfast",
        fuzzy=False,
        header_comment="# The texts of Holdfast's reports.",
    )
    for one, many in sorted(messages(), key=lambda message: (message[0], message[1] or "")):
        string = before.get(one, ("",) if many else "")
        catalog.add((one, many) if many else one, string)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=0, omit_header=False)
    text = re.sub(
        r'"(?:POT-Creation|PO-Revision)-Date: .*\n|"(?:Last-Translator|Report-Msgid|Generated-By|Language-Team).*\n',
        "",
        path.read_text("utf-8"),
    )
    path.write_text(text, encoding="utf-8")
    path.with_suffix(".mo").write_bytes(compiled(read(lang)))
    return sum(not any(message.string or "") for message in catalog if message.id)


def _key(message: object) -> object:
    return message[0] if isinstance(message, tuple | list) else message


def _phrases() -> Iterator[str]:
    for name, table in vars(labels).items():
        if name.isupper() and isinstance(table, Mapping):
            yield from (text for text in table.values() if isinstance(text, str))
    yield from (kind.value for kind in WordKind)
    for explanation in EXPLANATIONS.values():
        yield from (explanation.meaning, explanation.advice)
    for texts in (
        *SECTION_TITLES.values(),
        ONLY_COPY_UNTRUSTED,
        NO_SECOND_COPY,
        ARCHIVE_OBSERVATIONS,
        LEAVING,
        RETURNED,
        *ACTION_TITLES.values(),
        FILTER_TITLES.values(),
        STOPPED_ENDS.values(),
        UNCOUNTED_ENDS.values(),
        MissingCopy,
        Obstacle,
        DETAIL_PHRASES,
        ADDRESS_PHRASES,
        SYSTEM_PHRASES,
        CLUE_LABELS.values(),
        TLS_LABELS.values(),
        (labels.MISSING_SCHEME_LABEL,),
        UNFIXED_LABELS.values(),
    ):
        yield from texts


def _in_python(text: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            strings = [
                item.value
                if isinstance(item, ast.Constant) and isinstance(item.value, str)
                else None
                for item in node.args[:2]
            ]
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in TRANSLATE and strings and strings[0]:
                yield strings[0], None
            elif name == "count" and len(strings) == 2 and strings[0] and strings[1]:
                yield strings[0], strings[1]


def _in_template(text: str) -> Iterator[Message]:
    for call in Environment(autoescape=True).parse(text).find_all(nodes.Call):
        strings = [
            item.value
            for item in call.args[:2]
            if isinstance(item, nodes.Const) and isinstance(item.value, str)
        ]
        if isinstance(call.node, nodes.Name) and call.node.name in TRANSLATE and strings:
            yield strings[0], None
        elif (
            isinstance(call.node, nodes.Getattr) and call.node.attr == "count" and len(strings) == 2
        ):
            yield strings[0], strings[1]


if __name__ == "__main__":
    sys.exit(sum(update(lang) for lang in Lang if lang is not Lang.EN))
