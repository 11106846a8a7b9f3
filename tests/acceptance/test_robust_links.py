"""Test `holdfast fix --robust-links`: HTML links name their copies and originals."""

from __future__ import annotations

import subprocess

import pytest

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, status
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder, error_lines, one_line, rows, why_nothing
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs, title

DAY = "20210805110426"
LIVING, DEAD, UNCOPIED = "http://press.test/1?a=1&b=2", "http://press.test/2", "http://press.test/3"


SHOWN = page(title(2), *paragraphs(2, count=3)).html


def copy_of(url: str) -> str:
    return f"https://web.archive.org/web/{DAY}/{url}"


ESCAPED = LIVING.replace("&", "&amp;")
PAGE = f"""\
# Links

<p>The <a class='x' href='{ESCAPED}'>living</a>, the <a href="{DEAD}" title="t">dead</a>.</p>

A [Markdown link]({LIVING}), an <a href="{copy_of(DEAD)}">archived copy</a>, <a href="{UNCOPIED}">none</a>.

<img src="{LIVING}"> <a href="{DEAD}" data-versionurl="{copy_of(DEAD)}">robust</a> <a href={DEAD}>no quotes</a>
"""


def test_html_links_get_attributes_once(folder: Folder, background: BackgroundLoop) -> None:
    living = page(title(1), *paragraphs(1, count=3))
    internet = background.start(Internet({"press.test": {ANY: status(404), "/1": living}}))
    wayback = background.start(RunningWayback())
    for number, url in ((1, LIVING), (2, DEAD)):
        shown = page(title(number), *paragraphs(number, count=3)).html
        wayback.snapshots.append(StoredSnapshot(original=url, timestamp=DAY, body=shown))
    folder.configure(internet, wayback)
    folder.write("wiki/a.md", PAGE)
    assert folder.holdfast("run", "wiki", "--fail-on", "never").returncode == 0
    done = folder.holdfast("fix", "--robust-links")
    error_lines(done)
    assert done.returncode == 0, done.stderr
    assert "1 HTML link without a verified archive copy" in done.stderr
    subprocess.run(["git", "apply"], cwd=folder.path, input=done.stdout.encode(), check=True)
    date = 'data-versiondate="2021-08-05"'
    living_copy = copy_of(LIVING).replace("&", "&amp;")
    expected = (
        PAGE.replace(f"'{ESCAPED}'", f"'{ESCAPED}' data-versionurl=\"{living_copy}\" {date}")
        .replace(f'"{DEAD}" title', f'"{DEAD}" data-versionurl="{copy_of(DEAD)}" {date} title')
        .replace(f'"{copy_of(DEAD)}">archived', f'"{copy_of(DEAD)}" data-originalurl="{DEAD}" {date}>archived')
    )  # fmt: skip
    assert (folder.path / "wiki/a.md").read_text() == expected
    assert folder.holdfast("scan", "wiki").returncode == 0
    again = folder.holdfast("fix", "--robust-links")
    assert again.stdout == ""
    assert "data-versionurl" not in again.stderr
    assert why_nothing(again) == [
        "nothing to fix: 11 citations looked at",
        "  7 left: it is a Robust Link already",
        "  1 left: it is no HTML link",
    ]


def test_the_links_of_html_pages_get_them_too(folder: Folder, background: BackgroundLoop) -> None:
    living = page(title(1), *paragraphs(1, count=3))
    internet = background.start(Internet({"press.test": {"/1": living}}))
    wayback = background.start(RunningWayback())
    wayback.snapshots.append(StoredSnapshot(original=LIVING, timestamp=DAY, body=living.html))
    folder.configure(internet, wayback)
    robust = f'<a data-versionurl="{copy_of(LIVING)}" href="{LIVING}">robust</a>'
    text = (
        f"<!doctype html>\n<title>T</title>\n<p>\u00e9 <a class=x href='{ESCAPED}'>living</a>,\n"
        f'<a href="{copy_of(ESCAPED)}" title="t">copy</a> {robust} <img src="{ESCAPED}">\n'
    )
    folder.write("wiki/a.html", text.encode("latin-1"))
    assert folder.holdfast("run", "wiki", "--fail-on", "never").returncode == 0
    assert folder.holdfast("fix", "--robust-links", "--write").returncode == 0
    date = 'data-versiondate="2021-08-05"'
    assert (folder.path / "wiki/a.html").read_bytes().decode("latin-1") == text.replace(
        f"'{ESCAPED}'", f"'{ESCAPED}' data-versionurl=\"{copy_of(ESCAPED)}\" {date}"
    ).replace(
        f'"{copy_of(ESCAPED)}" title', f'"{copy_of(ESCAPED)}" data-originalurl="{ESCAPED}" {date} title'
    )  # fmt: skip
    assert folder.holdfast("scan", "wiki").returncode == 0
    again = folder.holdfast("fix", "--robust-links")
    assert (again.stdout, "not fixed" in again.stderr) == ("", False)


@pytest.mark.parametrize("other", ["--add-copies", "--suspects"])
def test_two_patches_at_once_are_refused(folder: Folder, other: str) -> None:
    folder.write("a.md", "x\n")
    output = one_line(folder.run_in_process("fix", "--robust-links", other), 3)
    assert "are two patches: run one after the other" in output


@pytest.mark.parametrize("page", ["a.md", "a.html"])
def test_the_copy_of_a_robust_link_counts_as_its_copy(
    folder: Folder, background: BackgroundLoop, page: str
) -> None:
    folder.configure(
        background.start(Internet({"press.test": {ANY: status(404)}})),
        wayback := background.start(RunningWayback()),
        more="[history]\nconfirm_failures = 1\nconfirm_days_definite = 0\n",
    )
    wayback.snapshots.append(StoredSnapshot(original=DEAD, timestamp=DAY, body=SHOWN))
    robust = (
        f'<a href="{DEAD}" data-versionurl="{copy_of(DEAD)}" data-versiondate="2021-08-05">x</a>'
    )
    folder.write(
        f"wiki/{page}", f"<!doctype html>\n<p>{robust}</p>\n" if page == "a.html" else robust
    )
    assert folder.holdfast("run", "wiki", "--fail-on", "broken").returncode == 0
    read = rows(folder.run_in_process("report", "--format", "jsonl", "--since", "all").stdout)
    assert {
        (row["url"], row["state"], row["covered"]) for row in read if row["role"] == "link"
    } == {(DEAD, "broken", True)}
    assert (
        "1 left: it fails, and an archive copy stands beside it"
        in folder.holdfast("fix", "wiki").stderr
    )


@pytest.mark.parametrize("page", ["a.md", "a.html"])
def test_the_original_that_a_robust_link_names_is_read(
    folder: Folder, background: BackgroundLoop, page: str
) -> None:
    short = "https://archive.is/Ab3dE"
    folder.configure(
        background.start(
            Internet({"press.test": {ANY: status(404)}, "archive.is": {ANY: status(404)}})
        ),
        wayback := background.start(RunningWayback()),
        more="[history]\nconfirm_failures = 1\nconfirm_days_definite = 0\n",
    )
    wayback.snapshots.append(StoredSnapshot(original=DEAD, timestamp=DAY, body=SHOWN))
    links = [
        f'<a data-originalurl="{DEAD}" href="{short}">a</a>',
        f'<a href="{short}" data-originalurl="{DEAD}" data-versiondate="2020-01-01">b</a>',
        f'<a href="{copy_of(DEAD)}" data-originalurl="{LIVING}">c</a>',
        f'<a href="{short}2" data-originalurl="/d">d</a>',
    ]
    start = "<!doctype html>\n" if page == "a.html" else ""
    text = start + "".join(f"<p>{link}</p>\n\n" for link in links)
    folder.write(f"wiki/{page}", text)
    read = rows(folder.run_in_process("scan", "--format", "jsonl", "wiki").stdout)
    assert [(row["original"], row["archive"]["original_source"]) for row in read] == [
        (DEAD, "attribute"),
        (DEAD, "attribute"),
        (DEAD, "embedded"),
        (None, None),
    ]
    run = folder.holdfast("run", "wiki", "--fail-on", "never")
    assert f"its data-originalurl names {LIVING}" in run.stdout + run.stderr
    done = folder.holdfast("fix", "wiki", "--write")
    assert "not fixed" not in done.stderr
    assert (folder.path / "wiki" / page).read_text() == text.replace(
        f'href="{short}"', f'href="{copy_of(DEAD)}"'
    ).replace("2020-01-01", "2021-08-05")
