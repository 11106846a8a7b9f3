"""Test `holdfast fix --originals`: originals that live again and show what was cited are restored."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, status
from crawler.demo.web import ANY, Behaviour
from reports.returned_originals import NotReturned
from tests.acceptance.folder import Done, Folder, error_lines, one_line, why_nothing
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs, title

DAY = "20210805110426"
BACK, OTHER, NEVER, CHOSEN = (f"http://press.test/{number}" for number in (1, 2, 3, 4))
BARE, WORDS = "http://press.test/5", "http://press.test/6"


def copy_of(url: str) -> str:
    return f"https://web.archive.org/web/{DAY}/{url}"


# The author chose to cite a copy of the living CHOSEN.
PAGE = f"""\
- [It comes back]({BACK}), 2021-08-05.
- [Another page comes back]({OTHER}), 2021-08-05.
- [It stays away]({NEVER}), 2021-08-05.
- [The author's choice]({copy_of(CHOSEN)} "{CHOSEN}"), 2021-08-05.
- {BARE}
- [With words]({WORDS} "The old press")
"""


def article(number: int) -> Behaviour:
    return page(title(number), *paragraphs(number, count=3))


def run(folder: Folder) -> None:
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    error_lines(done)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory, background: BackgroundLoop) -> Path:
    """Return a wiki whose citations were changed to copies, and whose originals live again."""
    gone: dict[str, Behaviour] = {ANY: status(404), "/4": article(4), "/91": article(91)}
    internet = background.start(Internet({"press.test": gone}))
    wayback = background.start(RunningWayback())
    for url in (BACK, OTHER, NEVER, CHOSEN, BARE, WORDS):
        body = page(title(int(url[-1])), *paragraphs(int(url[-1]), count=3)).html
        wayback.snapshots.append(StoredSnapshot(original=url, timestamp=DAY, body=body))
    folder = Folder(tmp_path_factory.mktemp("originals"))
    folder.write("wiki/a.md", PAGE)
    folder.write("wiki/b.md", "http://press.test/91\n")
    confirm = "\n[history]\nconfirm_failures = 1\nconfirm_days = 0\n"
    folder.configure(internet, wayback, more=confirm)
    run(folder)
    assert folder.run_in_process("fix", "--write", "--style", "title").returncode == 0
    folder.age_history(timedelta(days=1))
    run(folder)
    nothing = folder.holdfast("fix", "--originals")
    assert (nothing.stdout, why_nothing(nothing)) == (
        "",
        [
            "nothing to fix: 6 citations of archive copies looked at",
            "  5 left: the original does not work",
            f"  1 left: {NotReturned.CHOSEN}",
        ],
    )
    internet.sites = {
        "press.test": {**gone, **{f"/{n}": article(n) for n in (1, 5, 6)}, "/2": article(22)}
    }
    folder.age_history(timedelta(days=60))
    run(folder)
    return folder.path


@pytest.fixture
def wiki(fixed: Path, tmp_path: Path) -> Folder:
    shutil.copytree(fixed, tmp_path / "wiki")
    return Folder(tmp_path / "wiki")


def originals(folder: Folder, *options: str) -> Done:
    done = folder.holdfast("fix", "--originals", *options)
    error_lines(done)
    assert done.returncode == 0, done.stderr
    return done


def test_returned_links_point_to_the_original_with_the_copy_in_the_title(wiki: Folder) -> None:
    before = (wiki.path / "wiki/a.md").read_text()
    assert f'[It comes back]({copy_of(BACK)} "{BACK}")' in before
    done = originals(wiki)
    assert "3 citations of 3 links to fix on 1 page (3 returned)" in done.stderr
    subprocess.run(["git", "apply"], cwd=wiki.path, input=done.stdout.encode(), check=True)
    after = (wiki.path / "wiki/a.md").read_text()
    assert after == before.replace(
        f'({copy_of(BACK)} "{BACK}")', f'({BACK} "{copy_of(BACK)}")'
    ).replace(
        f'({copy_of(WORDS)} "The old press {WORDS}")', f'({WORDS} "The old press {copy_of(WORDS)}")'
    ).replace(f"- {copy_of(BARE)}\n", f"- {BARE} ([Archived]({copy_of(BARE)}))\n")


def test_the_copy_stays_beside_the_link_in_that_style(wiki: Folder) -> None:
    shown = originals(wiki, "--style", "beside").stdout
    assert f"+- [It comes back]({BACK}) ([Archived]({copy_of(BACK)})), 2021" in shown


def test_a_second_time_there_is_nothing_to_do_and_no_copy_is_added(wiki: Folder) -> None:
    originals(wiki, "--write")
    run(wiki)
    again = originals(wiki)
    assert again.stdout == ""
    assert why_nothing(again) == [
        "nothing to fix: 4 citations of archive copies looked at",
        f"  1 left: {NotReturned.FAILS}",
        f"  1 left: {NotReturned.OTHER_TEXT}",
        f"  1 left: {NotReturned.BESIDE}",
        f"  1 left: {NotReturned.CHOSEN}",
    ]
    assert BACK not in wiki.holdfast("fix", "--add-copies").stdout
    assert wiki.holdfast("fix").stdout == ""


def test_reports_list_returned_originals(wiki: Folder) -> None:
    shown = wiki.run_in_process("report", "--format", "markdown").stdout
    assert "## Originals that are back (3)" in shown
    assert f"- `wiki/a.md:1` <{BACK}>: <{copy_of(BACK)}>" in shown
    assert (
        "已恢复的原网页" in wiki.run_in_process("report", "--format", "html", "--lang", "zh").stdout
    )
    document = json.loads(wiki.run_in_process("report", "--format", "json").stdout)
    assert [one["url"] for one in document["returned"]] == [BACK, BARE, WORDS]
    assert document["returned"][0]["mirror"] == copy_of(BACK)


def test_one_patch_has_one_goal(wiki: Folder) -> None:
    line = one_line(wiki.run_in_process("fix", "--originals", "--add-copies"), 3)
    assert "--add-copies and --originals are two patches: run one after the other" in line
