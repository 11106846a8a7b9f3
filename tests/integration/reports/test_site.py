"""Test the site in a browser: links between pages, the data file, accessibility."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from crawler.cli.report.site_server import SiteServer
from reports.i18n import Lang
from reports.model import Finding, Report
from reports.site import SiteFolderError, write_site
from store.queries.link_history import RecentHistory, SpanRecord
from store.vocabulary import MirrorQuality, Reason, Role, State, TrackedState, Verdict
from tests.unit.reports.example_findings import (
    NOW,
    drift,
    finding,
    link,
    mirror,
    place,
    proposal,
    report,
)

HOSTILE = "<img src=x onerror=alert(1)>\u202e</script>"
LOST = "http://www.lost.example/灯塔"
MOVED_TO = "https://www.lost.example/2026/灯塔"


def findings() -> list[Finding]:
    gone = TrackedState(
        state=State.BROKEN,
        reason=Reason.GONE,
        verdict=Verdict.BROKEN,
        state_since=NOW,
        first_failed_at=NOW,
        detail=HOSTILE,
    )
    here = TrackedState(state=State.ALIVE, reason=Reason.OK, verdict=Verdict.ALIVE, state_since=NOW)
    read = date(2021, 3, 1)
    lost = link(
        tracked_state=gone,
        id=1002,
        url=LOST,
        host="www.lost.example",
        citations=[
            place(page=f"{HOSTILE}.md", text="灯塔", line=4, accessed=read),
            place(page="notes/b.md", line=9),
        ],
        mirrors=[
            mirror(
                read,
                url=f"https://web.archive.org/web/2021/{LOST}",
                parts_checked=9,
                parts_missing=3,
            )
        ],
    )
    others = [
        link(
            tracked_state=here,
            id=number,
            url=f"https://ok.example/{number}",
            host="ok.example",
            citations=[place(page="notes/b.md", line=number)],
        )
        for number in range(1, 40)
    ]
    changed, *same = others
    return [
        finding(lost, new=True, proposals=(proposal(MOVED_TO),)),
        finding(changed, drift=drift(HOSTILE)),
        *map(finding, same),
    ]


def histories(ids: Any) -> dict[int, RecentHistory]:
    spans = [
        SpanRecord(
            verdict=Verdict.ALIVE if number % 2 else Verdict.BROKEN,
            reason=Reason.OK if number % 2 else Reason.GONE,
            first_at=NOW - timedelta(days=number),
            last_at=NOW - timedelta(days=number),
            probes=1,
        )
        for number in range(12, 0, -1)
    ]
    return {number: RecentHistory(spans=tuple(spans)) for number in ids}


def site_report(lang: Lang = Lang.EN) -> Report:
    return report(
        *findings(),
        lang=lang,
        full_histories=histories,
        source_url="https://git.example/{path}#L{line}",
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site") / "public"
    assert write_site(site_report(), folder) == 40
    write_site(site_report(Lang.ZH), folder / "zh")

    with SiteServer(folder, "127.0.0.1", 0) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server.url.rstrip("/")
        server.shutdown()
        serving.join()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a page, and check at the end that it logged no errors."""
    page = browser.new_page()
    trouble: list[str] = []
    page.on(
        "console", lambda message: trouble.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: trouble.append(str(error)))
    yield page
    page.close()
    assert trouble == []


@pytest.mark.chromium
def test_an_incomplete_copy_lists_its_missing_parts(page: Page, address: str) -> None:
    for folder, message in (("", "3 of 9 images and style sheets missing"), ("/zh", "查验的 9 个")):
        page.goto(f"{address}{folder}/index.html#q=lost")
        page.locator("#table .rows .name").first.click()
        expect(page.locator("dialog")).to_contain_text(message)
        page.locator("dialog p a").filter(has_text="全部详情" if folder else "All details").click()
        expect(page.locator("body")).to_contain_text(message)


@pytest.mark.chromium
def test_from_the_index_to_a_link_and_on(page: Page, address: str) -> None:
    page.goto(f"{address}/index.html#q=lost")
    page.locator("#table .rows .name").first.click()
    page.get_by_role("link", name="All details").click()
    expect(page.locator("h1")).to_have_text("灯塔")
    expect(page.locator("#history + table tbody tr")).to_have_count(12)
    expect(page.get_by_role("link", name="4", exact=True)).to_have_attribute(
        "href",
        "https://git.example/%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E%E2%80%AE%3C/script%3E.md#L4",
    )
    page.get_by_role("link", name="notes/b.md").click()
    expect(page.locator("tbody tr")).to_have_count(40)
    page.get_by_role("link", name="Hosts").click()
    expect(page.locator("tbody tr").first).to_contain_text("www.lost.example")
    page.get_by_role("link", name="ok.example").click()
    expect(page.locator("tbody tr")).to_have_count(39)


@pytest.mark.chromium
@pytest.mark.parametrize(
    "place",
    [
        "index.html",
        "pages.html",
        "hosts.html",
        "link/www.lost.example/1002.html",
        "link/ok.example/1.html",
        "host/ok.example.html",
        "zh/link/www.lost.example/1002.html",
    ],
)
def test_site_pages_pass_the_accessibility_check(page: Page, address: str, place: str) -> None:
    page.goto(f"{address}/{place}")
    page.wait_for_load_state("networkidle")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("mine")
    with pytest.raises(SiteFolderError, match="is not a site of Holdfast"):
        write_site(site_report(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.md"]


def test_a_site_is_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    write_site(site_report(), folder)
    (folder / "link" / "9").mkdir()
    (folder / "link" / "9" / "9999.html").write_text("of a link that is gone")
    write_site(site_report(), folder)
    assert not (folder / "link" / "9").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["public"]


def test_an_interrupted_site_leaves_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    write_site(site_report(), folder)
    before = (folder / "index.html").read_bytes()

    def fail(_ids: Any) -> Any:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_site(report(*findings(), full_histories=fail), folder)
    assert (folder / "index.html").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["public"]


def test_a_site_that_cannot_be_renamed_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "public"
    write_site(site_report(), folder)
    before = (folder / "index.html").read_bytes()
    rename = Path.rename

    def rename_all_but_new(path: Path, target: Path) -> Path:
        if path.name == "new":
            raise OSError(39, "Directory not empty")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", rename_all_but_new)
    with pytest.raises(OSError, match="not empty"):
        write_site(site_report(), folder)
    assert (folder / "index.html").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["public"]


def test_addresses_hold_nothing_that_leads_elsewhere(tmp_path: Path) -> None:
    odd = [
        finding(
            link(
                tracked_state=TrackedState(),
                id=number,
                host=host,
                url="http://x.example/",
                role=Role.LINK,
                citations=[place(page=page)],
            )
        )
        for number, (host, page) in enumerate(
            [
                ("../../etc", "../../../a.md"),
                ("[::1]", "/etc/passwd"),
                ("", "https://wiki.example/a?b#c"),
            ]
        )
    ]
    write_site(report(*odd), tmp_path / "public")
    assert {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")} == {"public"}
    assert len(list((tmp_path / "public" / "page").iterdir())) == 3
    assert len(list((tmp_path / "public" / "host").iterdir())) == 3


def test_a_cited_copy_is_on_the_page_of_its_original(tmp_path: Path) -> None:
    copy, stray = (
        link(
            State.BROKEN,
            role=Role.MIRROR,
            id=number,
            url=f"https://web.archive.org/{number}",
            host="web.archive.org",
            original=original,
        )
        for number, original in ((1, "http://x.example/a"), (2, None))
    )
    original = link(id=3)  # stored after its copy
    folder = tmp_path / "public"
    assert write_site(report(*map(finding, (copy, stray, original))), folder) == 2
    pages = {path.relative_to(folder).as_posix() for path in folder.glob("link/*/*")}
    assert pages == {"link/x.example/3.html", "link/web.archive.org/2.html"}
    listed = (folder / "host" / "web.archive.org.html").read_text("utf-8")
    assert '<a href="../link/x.example/3.html">' in listed
    assert '<a href="../link/web.archive.org/2.html">' in listed


def test_a_copy_that_shows_another_page_is_not_called_alive(tmp_path: Path) -> None:
    copies = [
        mirror(date(2021, 8, 5), quality=MirrorQuality.UNUSABLE),
        mirror(date(2015, 1, 1), id=2),
    ]
    folder = tmp_path / "public"
    write_site(report(finding(link(State.BROKEN, mirrors=copies))), folder)
    (written,) = folder.glob("link/*/*")
    rows = written.read_text("utf-8").split("<tr>")
    (rejected,) = (row for row in rows if "/20210805" in row)
    (best,) = (row for row in rows if "/20150101" in row)
    assert "not usable" in rejected
    assert "the copy does not show the page" in rejected
    assert ">alive<" not in rejected
    assert ">alive<" in best


def test_pages_have_readable_addresses_and_say_where_they_are(tmp_path: Path) -> None:
    one = finding(link(citations=[place(page="notes/夜 渡.md"), place(page="notes/夜-渡.md")]))
    folder = tmp_path / "public"
    write_site(report(one, source_url="https://git.example/{path}"), folder)
    names = sorted(path.name for path in (folder / "page").iterdir())
    assert len(names) == 2
    assert all(name.startswith("notes-夜-渡-") for name in names)
    text = (folder / "page" / names[0]).read_text("utf-8")
    assert '<a href="../pages.html">Pages</a>' in text
    assert 'href="https://git.example/notes/%E5%A4%9C' in text
    assert "1 of 1 working" in text


@pytest.mark.chromium
def test_link_page_has_proposals_and_differences(page: Page, address: str) -> None:
    page.goto(f"{address}/link/www.lost.example/1002.html")
    moved = page.get_by_role("region", name="Possibly moved")
    expect(moved.get_by_role("link", name=MOVED_TO).first).to_have_attribute("href", MOVED_TO)
    expect(moved).to_contain_text(
        "confidence 88%; 50% of the old text found there; an archive recorded a redirect to it"
    )
    page.goto(f"{address}/link/ok.example/1.html")
    changed = page.get_by_role("region", name="Content changed")
    expect(changed.get_by_role("link")).to_have_attribute("href", drift().mirror)
    assert [
        line.split(" ", 1)[0] for line in changed.locator(".passages li").all_inner_texts()
    ] == [
        "−",
        "+",
    ]
    expect(changed.locator(".removed")).to_contain_text("<img src=x onerror=alert(1)>")
    page.goto(f"{address}/zh/link/ok.example/1.html")
    expect(page.get_by_role("region", name="内容已变更")).to_contain_text("引用内容的存档副本：")
    page.goto(f"{address}/index.html#in=content-changed")
    expect(page.locator("#table .rows .name")).to_have_count(1)
    page.locator("#table .rows .name").click()
    expect(page.locator("dialog .passages li")).to_have_count(2)


@pytest.mark.chromium
def test_on_a_phone_each_cell_has_a_label(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{address}/link/www.lost.example/1002.html")
    output = "cell => getComputedStyle(cell, '::before').content"
    cells = page.locator("#history + table tbody tr").first.locator("td")
    assert [cells.nth(number).evaluate(output) for number in (0, 3)] == ['"From "', '"Checks "']
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert Axe().run(page).violations_count == 0


def test_wiki_pages_are_named_by_their_titles(tmp_path: Path) -> None:
    gone = TrackedState(state=State.BROKEN, reason=Reason.GONE, state_since=NOW)
    places = [place(page="notes/夜.md"), place(page="notes/untitled.md")]
    one = finding(link(tracked_state=gone, citations=places))
    titles = {"notes/夜.md": f"夜渡 {HOSTILE}"}
    folder = tmp_path / "public"
    write_site(report(one, page_titles=lambda: titles, docs_url="https://docs.example"), folder)
    listed = (folder / "pages.html").read_text("utf-8")
    assert '">夜渡 &lt;img' in listed
    assert '<span class="quiet">notes/夜.md</span>' in listed
    assert '">notes/untitled.md</a>' in listed
    (linked,) = [path.read_text("utf-8") for path in folder.glob("link/*/*.html")]
    assert '">夜渡 &lt;img' in linked
    assert 'href="https://docs.example/reference/reasons/#gone"' in linked
