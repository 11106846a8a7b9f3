"""Test `holdfast fix` on the demo's wiki with the demo's history."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.folder import Done, Folder, error_lines, one_line, rows, why_nothing

LAMP = "wiki/game/长明灯.md"
COMPANY = "wiki/company/青石网.md"
BOARD = "wiki/website/飞鸟论坛.md"
DEMO = "http://www.lamplight.example/demo"
MIRROR = f"https://web.archive.org/web/20211230180000/{DEMO}"

# What is mended by default: page, the citation's text, what it cites before and after.
MENDED = {
    (COMPANY, "桥墩开始浇筑"): (
        "https://web.archive.org/web/20211022020202/http://wanbao.example/2018/0312.html",
        "https://web.archive.org/web/20190705101500/http://wanbao.example/2018/0312.html",
    ),
    (LAMP, "Devlog 7: how the fog works"): (
        "http://www.lamplight.example/2021/devlog-7",
        "http://blog.lamplight.example/posts/how-the-fog-works",
    ),
    (LAMP, "原页面"): (DEMO, MIRROR),
    (BOARD, "读书会第十二期"): (
        "http://shuwu.example/post/312",
        "https://web.archive.org/web/20211112093000/http://shuwu.example/post/312",
    ),
    (BOARD, "关于风筝的长文"): (
        "http://paper-kite.example/2020/kites.html",
        "https://web.archive.org/web/20211109120000/http://paper-kite.example/2020/kites.html",
    ),
}


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the demo's folder after its week."""
    folder = Folder(tmp_path_factory.mktemp("demo"))
    done = folder.holdfast("-q", "demo", "--folder", "out")
    assert done.returncode == 0, done.stderr
    return folder.path / "out"


@pytest.fixture
def wiki(checked: Path, tmp_path: Path) -> Iterator[Folder]:
    """Return a copy of it that a test may change."""
    shutil.copytree(checked, tmp_path / "wiki", symlinks=True)
    folder = Folder(tmp_path / "wiki")
    yield folder
    folder.close()


def pages(folder: Folder) -> dict[str, bytes]:
    return {
        path.relative_to(folder.path).as_posix(): path.read_bytes()
        for path in sorted(folder.path.rglob("*.md"))
    }


def cited(folder: Folder) -> dict[tuple[str, str, int], str]:
    """Return the target of every citation of the wiki by page, text, and the number of equal ones before it."""
    found: dict[tuple[str, str, int], str] = {}
    for row in rows(folder.run_in_process("scan", "--format", "jsonl", "wiki").stdout):
        number = sum(key[:2] == (row["page"], row["text"]) for key in found)
        found[row["page"], row["text"], number] = row["url"]
    return found


def uncovered(folder: Folder) -> set[str]:
    """Return the failing links to which citations still lead readers, by the report."""
    output = rows(folder.run_in_process("report", "--format", "jsonl", "--since", "all").stdout)
    advice = folder.run_in_process("report", "--format", "github", "--since", "all").stdout
    failing = {
        row["url"]
        for row in output
        if row["role"] == "link" and row["state"] in {"broken", "suspect"}
    }
    return {
        url
        for url in failing
        if not any(
            url in line and "points to a working archive copy" in line
            for line in advice.splitlines()
        )
    }


def git_apply(folder: Folder, patch: str, *options: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["git", "apply", *options],
        cwd=folder.path,
        input=patch.encode(),
        capture_output=True,
        check=False,
    )


def records(folder: Folder) -> list[Path]:
    return sorted((folder.path / ".holdfast" / "patches").glob("*"))


def test_it_shows_a_patch_that_git_takes_and_changes_nothing(wiki: Folder) -> None:
    before, cited_before = pages(wiki), cited(wiki)
    done = wiki.holdfast("fix")
    assert done.returncode == 0
    assert (
        "5 citations of 5 links to fix on 3 pages (3 broken, 1 mirror-broken, 1 moved); style: title"
        in error_lines(done)
    )
    assert pages(wiki) == before
    assert records(wiki) == []
    assert git_apply(wiki, done.stdout, "--check").returncode == 0
    assert git_apply(wiki, done.stdout).returncode == 0
    expected = {
        key: MENDED[key[:2]][1] if key[:2] in MENDED else url for key, url in cited_before.items()
    }
    assert cited(wiki) == expected


def test_copies_of_distrusted_archives_are_the_last_choice_of_fix_and_report(wiki: Folder) -> None:
    page = "http://paper-kite.example/2020/kites.html"
    farther = f"https://web.archive.org/web/20211109120000/{page}"
    nearer = f"https://web.archive.org/web/20211112093000/{page}"
    another_page = "https://web.archive.org/web/20211112093000/http://shuwu.example/post/312"
    mirror = "WHERE link_id = (SELECT id FROM link WHERE url = ?)"
    with closing(sqlite3.connect(next((wiki.path / ".holdfast").glob("*.db")))) as database:
        database.execute("UPDATE link SET url = ? WHERE url = ?", (nearer, another_page))
        database.execute(
            f"UPDATE mirror SET original_id = (SELECT id FROM link WHERE url = ?) {mirror}",
            (page, nearer),
        )
        for service, chosen in (("wayback", nearer), ("archive.today", farther)):
            database.execute(f"UPDATE mirror SET service = ? {mirror}", (service, nearer))
            database.commit()
            output = rows(
                wiki.run_in_process("report", "--format", "jsonl", "--since", "all").stdout
            )
            assert {row["best_mirror"] for row in output if row["url"] == page} == {chosen}
            added = [line for line in wiki.holdfast("fix").stdout.splitlines() if line[:1] == "+"]
            assert any(chosen in line for line in added), added


def test_a_written_fix_is_scanned_and_needs_no_second_fix(wiki: Folder) -> None:
    shown = wiki.holdfast("fix").stdout
    before, cited_before = pages(wiki), cited(wiki)
    done = wiki.holdfast("fix", "--write")
    assert (done.returncode, done.stdout) == (0, "")
    assert any(
        line.startswith("5 citations of 5 links fixed on 3 pages") for line in error_lines(done)
    )
    (record,) = records(wiki)
    assert f"patch saved: {record}" in error_lines(done)
    assert record.read_text(encoding="utf-8") == shown
    assert cited(wiki) == {
        key: MENDED[key[:2]][1] if key[:2] in MENDED else url for key, url in cited_before.items()
    }
    assert wiki.count("citation", "gone_run_id IS NULL") == len(cited_before)
    again = wiki.holdfast("fix")
    assert (again.returncode, again.stdout) == (0, "")
    assert why_nothing(again) == [
        "nothing to fix: 27 citations looked at",
        "  17 left: it works",
        "  3 left: it is blocked",
        "  2 left: it fails, which is not confirmed yet (--suspects fixes it, too)",
        "  1 left: it could not be checked",
        "  1 left: it is excluded from checks",
        "  1 left: it was not checked yet: run holdfast run",
    ]
    assert git_apply(wiki, shown, "-R").returncode == 0
    assert pages(wiki) == before


def test_copy_that_is_cited_with_a_fragment_keeps_it_to_itself(wiki: Folder) -> None:
    with closing(sqlite3.connect(wiki.path / ".holdfast" / "holdfast.db")) as database:
        database.execute("UPDATE link SET url = url || '#comments' WHERE url = ?", (MIRROR,))
        database.commit()
    shown = wiki.holdfast("fix").stdout
    assert MIRROR in shown
    assert "#comments" not in shown


@pytest.mark.parametrize(
    ("style", "written"),
    [
        ("title", f'[原页面]({MIRROR} "{DEMO}")随之删除。'),
        ("beside", f"[原页面]({DEMO}) ([存档]({MIRROR}))随之删除。"),
        ("footnote", f"[原页面]({DEMO})[^archived-1]随之删除。"),
    ],
)
def test_every_style_ends_with_nothing_to_do(wiki: Folder, style: str, written: str) -> None:
    before = uncovered(wiki)
    assert wiki.run_in_process("fix", "--write", "--style", style, "--suspects").returncode == 0
    text = (wiki.path / LAMP).read_text(encoding="utf-8")
    assert written in text
    assert text.endswith(f"\n[^archived-1]: [存档]({MIRROR}), 2021-12-30.\n") == (
        style == "footnote"
    )
    assert wiki.holdfast("fix", "--style", style, "--suspects").stdout == ""
    # The report knows of it without a scan: what has no copy at all is all that is left.
    left = uncovered(wiki)
    assert left < before
    assert not left & {url for url, _ in MENDED.values()}


def test_pages_named_alone_are_mended_and_at_most_so_many_citations(wiki: Folder) -> None:
    assert wiki.holdfast("fix", LAMP).stdout.count("diff --git") == 1
    one = wiki.holdfast("fix", "--max", "1")
    assert any(
        line.startswith("1 citation of 1 link to fix on 1 page") for line in error_lines(one)
    )
    assert one.stdout.count("\n+") == 2  # a line and the new name


def test_patch_is_named_from_the_top_of_the_repository(wiki: Folder) -> None:
    subprocess.run(["git", "init", "-q", str(wiki.path.parent)], check=True)
    done = wiki.holdfast("fix", LAMP)
    assert f"--- a/wiki/{LAMP}\n+++ b/wiki/{LAMP}\n" in done.stdout
    assert git_apply(wiki, done.stdout).returncode == 0
    assert MIRROR in (wiki.path / LAMP).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("answers", "mended"),
    [
        ("y\nn\n", ["how-the-fog-works"]),
        ("n\ny\n", [MIRROR]),
        ("a\n", ["how-the-fog-works", MIRROR]),
        ("q\n", []),
        ("y\nq\n", ["how-the-fog-works"]),
    ],
)
def test_each_citation_is_offered_for_confirmation(
    wiki: Folder, answers: str, mended: list[str]
) -> None:
    done = wiki.holdfast("fix", "--interactive", "--write", LAMP, stdin=answers.encode())
    assert done.returncode == 0
    text = (wiki.path / LAMP).read_text(encoding="utf-8")
    assert [each for each in ("how-the-fog-works", MIRROR) if each in text] == mended
    assert len(records(wiki)) == bool(mended)


def test_fixes_that_the_user_declines_are_not_called_nothing_to_fix(wiki: Folder) -> None:
    done = wiki.holdfast("fix", "--interactive", LAMP, stdin=b"q\n")
    assert "nothing was fixed: 2 citations declined" in done.stderr
    assert "nothing to fix" not in done.stderr


def test_interactive_without_a_terminal_changes_nothing(wiki: Folder) -> None:
    before = pages(wiki)
    done = wiki.holdfast("fix", "--interactive", "--write", stdin=b"")
    assert done.returncode == 130
    assert pages(wiki) == before


def test_pages_it_may_not_change_get_a_line_each_and_the_others_are_done(wiki: Folder) -> None:
    lamp, board = wiki.path / LAMP, wiki.path / BOARD
    lamp.write_bytes(lamp.read_bytes() + "\n补记。\n".encode())
    board.chmod(0o444)
    before = pages(wiki)
    done = wiki.run_in_process("fix", "--write")
    assert done.returncode == 1  # a page that was to be written was not
    output = error_lines(done)
    changed = "1 page skipped, changed since the last scan: run holdfast scan"
    assert f"warning: {changed} ({LAMP})" in output
    assert f"warning: {BOARD}: is read-only" in output
    after = pages(wiki)
    assert {path for path in after if after[path] != before[path]} == {COMPANY}
    (record,) = records(wiki)
    assert record.read_text(encoding="utf-8").count("diff --git") == 1


def test_a_page_removed_since_the_scan_is_reported(wiki: Folder) -> None:
    (wiki.path / LAMP).unlink()
    done = wiki.run_in_process("fix", "--write")
    assert done.returncode == 0
    assert f"warning: {LAMP}: the page no longer exists: run holdfast scan" in error_lines(done)
    assert not (wiki.path / LAMP).exists()


def test_symbolic_link_is_left_alone(wiki: Folder) -> None:
    real = wiki.path.parent / "elsewhere.md"
    (wiki.path / LAMP).rename(real)
    (wiki.path / LAMP).symlink_to(real)
    before = real.read_bytes()
    done = wiki.run_in_process("fix", "--write")
    assert (
        f"warning: {LAMP}: skipped, it is a symbolic link: fix the file itself, {os.path.realpath(real)}"
        in error_lines(done)
    )
    assert real.read_bytes() == before
    assert (wiki.path / LAMP).is_symlink()


def test_page_that_became_a_pipe_is_not_waited_for(wiki: Folder) -> None:
    (wiki.path / LAMP).unlink()
    os.mkfifo(wiki.path / LAMP)
    done = wiki.holdfast("fix", "--write")
    assert done.returncode == 1
    assert f"warning: {LAMP}: cannot be read: not a regular file" in error_lines(done)


def test_files_left_beside_pages_by_a_killed_process_are_removed(wiki: Folder) -> None:
    left, young = (
        (wiki.path / LAMP).with_name(".holdfast.a1b2c3d4"),
        (wiki.path / LAMP).with_name(".holdfast.a1b2c3d5"),
    )
    for file in (left, young):
        file.write_text("half a page")
    os.utime(left, (0, 0))
    wiki.run_in_process("fix")
    assert left.exists()
    wiki.run_in_process("fix", "--write")
    assert (left.exists(), young.exists()) == (False, True)


def test_modes_line_ends_and_marks_survive(wiki: Folder) -> None:
    lamp = wiki.path / LAMP
    lamp.write_bytes(
        b"\xef\xbb\xbf"
        + lamp.read_bytes().replace(b"\n", b"\r\n").replace("删除。".encode(), "删除。  ".encode())
    )
    lamp.chmod(0o640)
    wiki.run_in_process("scan")
    before = lamp.read_bytes()
    assert wiki.run_in_process("fix", "--write", LAMP).returncode == 0
    after = lamp.read_bytes()
    assert after.count(b"\r\n") == after.count(b"\n") == before.count(b"\n")
    assert after.startswith(b"\xef\xbb\xbf---\r\n")
    assert after == before.replace(f"({DEMO})".encode(), f'({MIRROR} "{DEMO}")'.encode()).replace(
        b"www.lamplight.example/2021/devlog-7", b"blog.lamplight.example/posts/how-the-fog-works"
    )
    assert lamp.stat().st_mode & 0o7777 == 0o640


def test_a_page_in_gb18030_is_fixed_in_gb18030(wiki: Folder) -> None:
    lamp = wiki.path / LAMP
    text = lamp.read_text(encoding="utf-8")
    lamp.write_bytes(text.encode("gb18030"))
    wiki.run_in_process("scan")
    done = wiki.run_in_process("fix", "--write", LAMP)
    assert done.returncode == 0, done.stderr
    assert f'[原页面]({MIRROR} "{DEMO}")随之删除。' in lamp.read_bytes().decode("gb18030")


def test_a_wiki_that_was_not_scanned_is_an_error(folder: Folder) -> None:
    folder.write("a.md", "[a](http://a.example/)")
    assert (
        one_line(folder.run_in_process("fix"), 3)
        == "holdfast: no database yet: run holdfast run first"
    )


@pytest.mark.parametrize("arguments", [["--style", "bold"], ["--max", "0"], ["no-such.md"]])
def test_wrong_usage_of_fix_exits_with_3(wiki: Folder, arguments: list[str]) -> None:
    done: Done = wiki.run_in_process("fix", *arguments)
    assert done.returncode == 3


def test_front_matter_about_the_page_is_changed_only_if_wanted(wiki: Folder) -> None:
    page = f"---\ncanonicalURL: {DEMO}\nsource: {DEMO}\n---\n\ntext\n"
    wiki.write("wiki/note.md", page)
    assert wiki.run_in_process("-q", "scan").returncode == 0
    done = wiki.holdfast("fix", "wiki/note.md")
    assert f"+source: {MIRROR}" in done.stdout
    assert "+canonicalURL" not in done.stdout
    assert "this key describes the page itself" in done.stderr
    done = wiki.holdfast("fix", "--front-matter", "wiki/note.md")
    assert f"+canonicalURL: {MIRROR}" in done.stdout
    with (wiki.path / "holdfast.toml").open("a", encoding="utf-8") as file:
        file.write('\n[fix]\nfront_matter = ["canonicalurl"]\n')
    done = wiki.holdfast("fix", "wiki/note.md")
    assert f"+canonicalURL: {MIRROR}" in done.stdout
    assert "+source" not in done.stdout


def test_inside_a_template_only_the_url_changes(wiki: Folder) -> None:
    wiki.write("wiki/note.md", f'{{{{< link href="{DEMO}" >}}}}\n\nimport X from "{DEMO}"\n')
    assert wiki.run_in_process("-q", "scan").returncode == 0
    done = wiki.holdfast("fix", "--style", "beside", "wiki/note.md")
    assert f'+{{{{< link href="{MIRROR}" >}}}}\n' in done.stdout
    assert "+import" not in done.stdout


def test_the_size_of_an_image_of_wikijs_stays(wiki: Folder) -> None:
    config = (wiki.path / "holdfast.toml").read_text(encoding="utf-8")
    wiki.write("holdfast.toml", f'dialect = "wikijs"\n{config}')
    wiki.write("wiki/note.md", f"![]({DEMO} =x50){{.right}}\n")
    assert wiki.run_in_process("-q", "scan").returncode == 0
    done = wiki.holdfast("fix", "wiki/note.md")
    assert f'+![]({MIRROR} "{DEMO}" =x50){{.right}}\n' in done.stdout
    assert "markup is broken" not in done.stderr


def test_the_numbers_of_fix_are_those_of_the_report(wiki: Folder) -> None:
    output = wiki.run_in_process("report", "--since", "all").stdout
    (total,) = re.findall(r"## To do \((\d+)\)", output)
    (fixable,) = re.findall(r"### Can be fixed now \((\d+)\)", output)
    done = wiki.holdfast("fix")
    compared = f"to-do list of the report: {fixable} of {total} can be fixed"
    assert f"{compared}; 1 other citation, which --to-do leaves alone" in error_lines(done)
    only = wiki.holdfast("fix", "--to-do")
    assert compared in error_lines(only)
    assert "+" + "http://blog.lamplight.example" not in only.stdout
    assert "devlog-7" not in "".join(
        line for line in only.stdout.splitlines() if line.startswith("+")
    )


def test_acknowledged_links_are_not_fixed_unless_named(wiki: Folder) -> None:
    shuwu, mirror = "http://shuwu.example/post/312", MENDED[COMPANY, "桥墩开始浇筑"][0]
    assert wiki.run_in_process("ack", shuwu, mirror).returncode == 0
    done = wiki.run_in_process("fix", "--write")
    assert "2 acknowledged citations left alone: use --acknowledged to fix them too" in error_lines(
        done
    )
    written = b"".join(pages(wiki).values()).decode()
    assert f"]({shuwu}" in written
    assert mirror in written
    assert DEMO in written
    assert MIRROR in written
    again = wiki.run_in_process("fix", "--acknowledged", "--write")
    assert "2 citations of 2 links fixed on 2 pages" in again.stderr
