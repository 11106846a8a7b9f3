"""Test `holdfast fix --add-copies`: citations of living links get a copy beside them, once."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, status
from crawler.demo.web import ANY
from tests.acceptance.folder import Done, Folder, error_lines, one_line, why_nothing
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs, title

DAY = "20210805110426"
LIVING, UNCOPIED, DEAD = "http://press.test/1", "http://press.test/2", "http://press.test/3"
NOTED, IMAGE = "http://press.test/4", "http://press.test/5"
PAGE = f"""\
---
source: {LIVING}
date: 2021-08-05
---

The council kept the lights [burning]({LIVING}), and a [second]({LIVING}) time.

- [Nobody copied this]({UNCOPIED})
- [It is gone]({DEAD})
- [A copy beside it]({LIVING}) ([Archived](https://web.archive.org/web/{DAY}/{LIVING}))
- [A copy in its title]({LIVING} "https://web.archive.org/web/{DAY}/{LIVING}")
- A [source]({NOTED})[^1]
- ![a picture]({IMAGE})

[^1]: The press, [The source]({NOTED}).
"""
OLD = f"---\ndate: 2015-01-01\n---\n\nIt was [read long ago]({LIVING}).\n"


# Why a second `--add-copies` leaves each citation.
ADDED_BEFORE = [
    "nothing to fix: 15 citations looked at",
    "  6 left: an archive copy stands beside it",
    "  4 left: it is an archive copy",
    "  3 left: it gets no copy here: an image, front matter, a title with a copy, or see --only",
    "  1 left: the link fails",
]


def copy_of(url: str) -> str:
    return f"https://web.archive.org/web/{DAY}/{url}"


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory, background: BackgroundLoop) -> Path:
    """Return the folder of a wiki after one run."""
    pages = {
        f"/{number}": page(title(number), *paragraphs(number, count=3)) for number in (1, 2, 4, 5)
    }
    internet = background.start(Internet({"press.test": {ANY: status(404), **pages}}))
    wayback = background.start(RunningWayback())
    for url in (LIVING, DEAD, NOTED, IMAGE):
        number = int(url[-1])
        body = page(title(number), *paragraphs(number, count=3)).html
        wayback.snapshots.append(StoredSnapshot(original=url, timestamp=DAY, body=body))
    folder = Folder(tmp_path_factory.mktemp("copies"))
    folder.write("wiki/a.md", PAGE)
    folder.write("wiki/old/b.md", OLD)
    folder.configure(internet, wayback)
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    assert done.returncode == 0, error_lines(done)
    return folder.path


@pytest.fixture
def wiki(checked: Path, tmp_path: Path) -> Folder:
    shutil.copytree(checked, tmp_path / "wiki")
    return Folder(tmp_path / "wiki")


def add(folder: Folder, *options: str) -> Done:
    done = folder.holdfast("fix", "--add-copies", *options)
    error_lines(done)
    assert done.returncode == 0, done.stderr
    return done


def added(folder: Folder, *options: str) -> str:
    """Return the page after git has applied the patch."""
    patch = add(folder, *options).stdout
    subprocess.run(["git", "apply"], cwd=folder.path, input=patch.encode(), check=True)
    return (folder.path / "wiki/a.md").read_text()


def test_living_citations_get_a_copy_beside_them_and_each_place_one(wiki: Folder) -> None:
    done = add(wiki, "--style", "beside")
    assert "1 living citation without a verified archive copy" in done.stderr
    after = added(wiki, "--style", "beside")
    beside = f"([Archived]({copy_of(LIVING)}))"
    assert after == PAGE.replace(f"[burning]({LIVING}),", f"[burning]({LIVING}) {beside},").replace(
        f"[The source]({NOTED}).", f"[The source]({NOTED}). ([Archived]({copy_of(NOTED)}))"
    )
    assert f"({LIVING}) {beside}" in (wiki.path / "wiki/old/b.md").read_text()


@pytest.mark.parametrize(
    ("style", "written"),
    [
        ("title", f'[burning]({copy_of(LIVING)} "{LIVING}")'),
        ("footnote", f"[burning]({LIVING})[^archived-1],"),
    ],
)
def test_the_styles_of_the_wiki_are_kept(wiki: Folder, style: str, written: str) -> None:
    assert written in added(wiki, "--style", style)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("c.adoc", "{0}[burning]", "{0}[burning] ({1}[Archived])"),
        ("c.rst", "`burning <{0}>`__", "`burning <{0}>`__ (`Archived <{1}>`__)"),
        ("c.wiki", "[{0} burning]", "[{0} burning] ([{1} Archived])"),
    ],
)
def test_a_living_link_that_can_have_no_title_stays_in_every_style(
    wiki: Folder, name: str, before: str, after: str
) -> None:
    text = "The council kept the lights {}, as before.\n"
    wiki.write(f"wiki/{name}", text.format(before.format(LIVING)))
    assert wiki.run_in_process("scan", "wiki").returncode == 0
    added(wiki, "--style", "title")
    assert (wiki.path / "wiki" / name).read_text() == text.format(
        after.format(LIVING, copy_of(LIVING))
    )


def test_a_second_time_nothing_is_added(wiki: Folder) -> None:
    for style in ("beside", "footnote", "title"):
        if style == "beside":
            add(wiki, "--style", style, "--write")
            assert wiki.run_in_process("scan", "wiki").returncode == 0
        again = add(wiki, "--style", style)
        assert again.stdout == ""
        assert why_nothing(again) == ADDED_BEFORE


def test_pages_kinds_dates_and_a_number_are_chosen(wiki: Folder) -> None:
    assert add(wiki, "wiki/old").stdout.count("diff --git") == 1
    notes = add(wiki, "--only", "footnotes", "--style", "beside").stdout
    assert notes.count("\n+") == 1 + 1  # the new name, and the footnote
    assert copy_of(NOTED) in notes
    assert "old/b.md" not in add(wiki, "--since", "2020-06-01").stdout
    assert add(wiki, "--since", "2022-01-01").stdout == ""
    assert add(wiki, "--max", "1", "--style", "beside").stdout.count(copy_of("")) == 1
    assert "+source: " not in add(wiki).stdout
    assert (
        f"+source: {copy_of(LIVING)}"
        in add(wiki, "--only", "front-matter", "--style", "title").stdout
    )


def test_a_living_link_is_never_replaced_where_there_is_no_room(wiki: Folder) -> None:
    done = add(wiki, "--only", "front-matter", "--style", "beside")
    assert done.stdout == ""
    assert "not fixed (add-copy): there is no room beside it" in done.stderr


def test_no_copy_of_a_doubted_archive_is_added(wiki: Folder) -> None:
    with (wiki.path / "holdfast.toml").open("a") as file:
        file.write('\n[archives.trust]\nwayback = "doubted"\n')
    done = add(wiki)
    assert done.stdout == ""
    assert "living citations without a verified archive copy" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--only", "footnotes"], "--only chooses where copies are added: use it with --add-copies"),
        (["--since", "2021-01-01"], "--since chooses where copies are added: use it with --add-copies"),
        (["--add-copies", "--leave", "wayback"], "--leave and --add-copies are two patches: run one after the other"),
        (["--add-copies", "--suspects"], "--add-copies and --suspects are two patches: run one after the other"),
    ],
)  # fmt: skip
def test_two_patches_at_once_are_refused_in_one_line(
    wiki: Folder, arguments: list[str], problem: str
) -> None:
    assert problem in one_line(wiki.run_in_process("fix", *arguments), 3)


@pytest.mark.parametrize(("option", "value"), [("--only", "pictures"), ("--since", "yesterday")])
def test_an_unknown_kind_or_date_is_named(wiki: Folder, option: str, value: str) -> None:
    done = wiki.run_in_process("fix", "--add-copies", option, value)
    assert done.returncode == 3
    problem = error_lines(done)[-1]
    assert f"Invalid value for '{option}': " in problem
    assert f"'{value}'" in problem


def test_citations_that_get_no_copy_are_one_warning_for_each_reason(wiki: Folder) -> None:
    for number in range(5):
        wiki.write(f"wiki/more/{number}.md", f"---\nsource: {LIVING}\n---\n\nNothing else.\n")
    wiki.holdfast("scan", "wiki")
    done = add(wiki, "wiki/more", "--only", "front-matter", "--style", "beside")
    (warning,) = [line for line in done.stderr.splitlines() if line.startswith("warning")]
    assert warning.startswith("warning: 5 citations not fixed (add-copy): there is no room")
    assert "(wiki/more/0.md:2, wiki/more/1.md:2" in warning
    assert warning.endswith("more)")
    assert "5 citations to fix by hand: see the warnings above" in done.stderr
