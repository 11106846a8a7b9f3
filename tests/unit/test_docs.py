"""Test that the documentation matches the code: examples run, generated pages and tables are current."""

from __future__ import annotations

import doctest
import re
import runpy
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from prometheus_client.metrics import MetricWrapperBase
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from crawler.archives import institutions
from crawler.archives.interface import Service
from crawler.cli.exit_codes import ExitCode
from crawler.cli.main import holdfast
from crawler.http.redirects import MAX_REDIRECTS
from crawler.liveness.case import build_case
from crawler.liveness.rules import quirks, walls
from crawler.liveness.rules.soft404 import CLUES
from crawler.monitoring.metrics import RunMetrics
from crawler.settings import SPIDER_MODULES
from reports.findings import descriptions
from reports.formats import FORMATS, github, interface
from reports.threshold import FailOn
from reports.wording.explained_reasons import MEANING_OF_REASONS
from store.schema.models import Base
from store.vocabulary import (
    VERDICT_OF,
    CaptureStatus,
    DriftOutcome,
    EvidenceKind,
    Reason,
    State,
    Verdict,
)
from tests.unit.crawler.liveness import test_living
from tests.unit.crawler.liveness.rules import test_quirks, test_walls
from tests.unit.reports.hostile import hostile_report

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def rows(page: Path, head: str) -> Iterator[list[str]]:
    """Yield the cells of the table whose first line starts with `head`."""
    _, found, below = page.read_text("utf-8").partition(f"\n{head}")
    assert found, f"{page.name} has no table {head}"
    for line in below.splitlines()[2:]:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def words(page: Path, head: str) -> list[str]:
    """Return the words in the first column of a table."""
    return [row[0].strip("`*") for row in rows(page, head)]


def test_the_examples_of_the_library_run() -> None:
    failed, tried = doctest.testfile(str(DOCS / "library.md"), module_relative=False)
    assert (failed, tried > 10) == (0, True)


def test_the_reference_is_current(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(DOCS / "reference" / "generate.py"), run_name="__main__")
    assert ended.value.code == 0, capsys.readouterr().err


def test_every_reason_is_documented_under_its_verdict() -> None:
    documented: dict[str, Verdict] = {}
    verdict = ""
    for first, reason, _ in rows(DOCS / "verdicts.md", "| verdict | reason |"):
        verdict = first.strip("*") or verdict
        documented[reason.strip("`")] = Verdict(verdict)
    assert documented == {str(reason): verdict for reason, verdict in VERDICT_OF.items()}


def test_the_number_of_redirects_in_the_explanation_is_that_of_the_code() -> None:
    meaning = MEANING_OF_REASONS[Reason.TOO_MANY_REDIRECTS]
    assert re.findall(r"\d+", meaning) == [str(MAX_REDIRECTS)]


def test_every_state_is_documented() -> None:
    documented = [
        word
        for cell in words(DOCS / "verdicts.md", "| state | means |")
        for word in cell.split(", ")
    ]
    assert documented == [str(state) for state in State]


def test_every_clue_of_a_soft_404_is_documented() -> None:
    assert words(DOCS / "verdicts.md", "| clue |") == list(CLUES)


@pytest.mark.parametrize(
    ("page", "head", "column", "kind"),
    [
        ("archives.md", "| status | means |", 0, CaptureStatus),
        ("moves.md", "| outcome | meaning |", 0, DriftOutcome),
        ("moves.md", "| evidence | source | word |", 2, EvidenceKind),
    ],
)
def test_every_word_is_documented(page: str, head: str, column: int, kind: type) -> None:
    documented = {row[column].strip("`") for row in rows(DOCS / page, head)}
    assert documented == {str(word) for word in kind}  # type: ignore[attr-defined]


def test_every_report_format_is_documented() -> None:
    documented = words(DOCS / "reports.md", "| format | file |")
    assert sorted(documented) == sorted(FORMATS)


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("exit code", "exit-codes.md"),
        ("ignore a link", "faq.md"),
        ("GitHub Action", "schedules.md"),
        ("broken, without an archive copy", "what-now.md"),
        ("no network", "troubleshooting.md"),
    ],
)
def test_searched_words_are_headings(words: str, page: str) -> None:
    headings = re.findall(r"^#+ (.*)$", (DOCS / page).read_text("utf-8"), re.MULTILINE)
    assert any(words.casefold() in heading.casefold() for heading in headings)


def test_every_exit_code_and_threshold_is_documented() -> None:
    page = DOCS / "exit-codes.md"
    assert words(page, "| exit code |") == [str(code.value) for code in ExitCode]
    assert words(page, "| value | exit code 2 if |") == [level.value for level in FailOn]


def test_every_page_is_in_the_navigation_and_the_index() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8")
    index = (DOCS / "index.md").read_text("utf-8")
    for page in DOCS.glob("*.md"):
        assert page.name in navigation
        assert page.name == "index.md" or f"]({page.name})" in index, page.name


def test_the_readme_names_every_command_and_spider() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = re.split(r"^\| command \| does \|$", readme, maxsplit=1, flags=re.MULTILINE)[1]
    for name in holdfast.list_commands(click.Context(holdfast)):
        assert re.search(rf"\bholdfast {name}\b|· `{name}\b", commands), name
    loader = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": SPIDER_MODULES}))
    *most, last = (f"`{name}`" for name in sorted(loader.list()))
    assert f"{', '.join(most)} and {last}" in readme


def test_every_metric_is_documented_with_its_labels() -> None:
    exported = {}
    for family in vars(RunMetrics()).values():
        if isinstance(family, MetricWrapperBase):
            suffix = "_total" if family._type == "counter" else ""
            exported[f"{family._name}{suffix}"] = list(family._labelnames)
    documented = {}
    for name, labels, _ in rows(DOCS / "monitoring.md", "| metric |"):
        documented[name.strip("`")] = [word for word in labels.strip("`").split(", ") if word]
    assert documented == exported


def test_every_table_and_column_of_the_diagram_exists() -> None:
    _, _, diagram = (DOCS / "store.md").read_text("utf-8").partition("erDiagram\n")
    diagram = diagram.partition("```")[0]
    related = set(re.findall(r"^    (\w+) \S+ (\w+) :", diagram, re.MULTILINE))
    assert {name for pair in related for name in pair} == set(Base.metadata.tables)
    for name, body in re.findall(r"^    (\w+) \{\n(.*?)^    \}", diagram, re.MULTILINE | re.DOTALL):
        columns = set(Base.metadata.tables[name].columns.keys())
        assert {line.split()[1] for line in body.splitlines()} <= columns, name


PAGES = [
    *sorted(DOCS.glob("*.md")),
    *sorted((DOCS / "decisions").glob("*.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
]
TOPS = ("crawler", "store", "reports", "tests", "docs", "examples", "benchmarks")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_named_on_a_page_exists(page: Path) -> None:
    named = set(re.findall(r"`([\w./-]+\.(?:py|sh))`", page.read_text("utf-8")))
    known = {str(file.relative_to(ROOT)) for top in TOPS for file in (ROOT / top).rglob("*.*")}
    missing = {
        name
        for name in named
        if "NAME" not in name  # stands for a module that the reader is to write
        and not (ROOT / name).exists()
        and not any(file.endswith(f"/{name}") for file in known)
    }
    assert missing == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_module_named_on_a_page_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    missing = set()
    for name in re.findall(r"`((?:crawler|store|reports)(?:\.\w+)+)", text):
        if not resolves(name.split(".")):
            missing.add(name)
    assert missing == set()


def resolves(parts: list[str]) -> bool:
    """Return whether dotted parts lead to a module, or to a name in one."""
    for length in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:length])
        for file in (place.with_suffix(".py"), place / "__init__.py"):
            if file.is_file():
                rest = parts[length:]
                return not rest or re.search(rf"\b{rest[0]}\b", file.read_text("utf-8")) is not None
    return False


def snippets(start: str) -> str:
    """Return the Python example of CONTRIBUTING.md that starts with `start`."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    blocks = re.findall(r"^ *```python\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    (found,) = (block for block in map(textwrap.dedent, blocks) if block.startswith(start))
    return found


def test_the_archive_service_of_contributing_is_one() -> None:
    (service,) = eval(f"[{snippets('Service(')}]", vars(institutions))  # noqa: S307
    assert isinstance(service, Service)
    pattern = service.url_patterns[0].pattern
    assert pattern.fullmatch("/replay/20210805110426if_/https://a.example/")


def test_the_quirk_of_contributing_is_one() -> None:
    (quirk,) = eval(f"[{snippets('Quirk(')}]", vars(quirks))  # noqa: S307
    (seen,) = eval(f"{{{snippets(chr(34) + 'boat sold')}}}", vars(test_quirks)).values()  # noqa: S307
    (living,) = eval(f"{{{snippets(chr(34) + 'boat for sale')}}}", vars(test_living)).values()  # noqa: S307
    assert (seen[1], bool(living)) == (quirk.reason, True)


def test_the_rule_of_contributing_judges_its_own_row_only() -> None:
    names = {**vars(walls), "re": re, **vars(test_walls), **vars(test_living)}
    exec(snippets("def waiting_room"), names)  # noqa: S102
    rows_of_both = eval(f"{{{snippets('# in WALLS')}}}", names)  # noqa: S307
    caught = rows_of_both["a waiting room"]
    judgement = names["waiting_room"](build_case(caught[0]))
    assert (judgement.reason, judgement.detail) == caught[1:]
    assert (
        names["waiting_room"](build_case(rows_of_both["move to a host with a similar name"]))
        is None
    )


def test_the_format_of_contributing_renders() -> None:
    names = {**vars(github), **vars(descriptions), **vars(interface), "State": State}
    exec(snippets("class Lines"), names)  # noqa: S102
    assert list(names["Lines"]().render(hostile_report("text")))


def test_the_drawings_of_the_site_are_current() -> None:
    draw = runpy.run_path(str(DOCS / "img" / "draw.py"))
    drawn = dict(draw["diagrams"]())
    assert {file.name for file in drawn} == {"store.svg", "verdicts.svg"}
    for file, source in drawn.items():
        text = file.read_text("utf-8")
        assert text.startswith(draw["digest"](source)), "run python docs/img/draw.py"
        for name in set(re.findall(r"^    (\w+) ", source, re.MULTILINE)) - {"direction"}:
            assert f">{name}<" in text, name
