"""Test the HTML report in a browser: table, filters, links to it, no requests, accessibility."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from reports.formats import ReportFormat, render
from reports.i18n import Lang
from reports.model import Finding, FixPlan, UnfixedPlace
from reports.patches.planned_fixes import NO_MIRROR
from store.queries.archives import CaptureFinding
from store.queries.link_history import RecentHistory, SpanRecord
from store.queries.pages import BrokenInternalLink
from store.queries.trends import RunStates
from store.vocabulary import (
    CaptureStatus,
    MirrorQuality,
    PageWarning,
    ProbeRequest,
    Reason,
    Role,
    State,
    TrackedState,
    Verdict,
)
from store.work.runs import RunOutcome, RunRecord
from tests.unit.reports.example_findings import NOW, finding, link, mirror, place, report

pytestmark = pytest.mark.chromium

DAY = timedelta(days=1)
FEW = 500  # links: enough to scroll, and faster in a browser than 10,000
HOSTILE = "<img src=x onerror=alert(1)>\u202e</script>"
KINDS = (
    (State.ALIVE, Reason.OK, Verdict.ALIVE),
    (State.BROKEN, Reason.NOT_FOUND, Verdict.BROKEN),
    (State.MOVED, Reason.MOVED_PERMANENTLY, Verdict.MOVED),
    (State.SUSPECT, Reason.TIMEOUT, Verdict.BROKEN),
    (State.BLOCKED, Reason.CHALLENGE, Verdict.BLOCKED),
)


def findings(number: int) -> list[Finding]:
    found = []
    for index in range(number):
        state, reason, verdict = KINDS[index % 5]
        since = NOW - index * DAY / 10
        tracked_state = TrackedState(
            state=state,
            reason=reason,
            verdict=verdict,
            detail="404",
            state_since=since,
            first_failed_at=since,
            checked_at=NOW,
        )
        read = date(2016, 1, 1) + timedelta(days=index % 3_000)
        places = [
            place(
                page=f"notes/{index % 97}.md", line=index + 1, text=f"链接 {index}", accessed=read
            )
        ]
        copies = [mirror(read + timedelta(days=index % 30), id=index)] if index % 2 else []
        url = f"http://host{index % 53}.example/{index}"
        subject = link(
            tracked_state=tracked_state,
            id=index + 1,
            url=url,
            host=f"host{index % 53}.example",
            citations=places,
            mirrors=copies,
            listed_at=NOW if index == 4 else None,
            listed_by="http://host4.example/sitemap.xml",
        )
        unfixed_place = UnfixedPlace(page=places[0].page, line=places[0].line, reason=NO_MIRROR)
        plan = FixPlan(unfixed=(unfixed_place,)) if index == 1 else None
        found.append(finding(subject, new=index % 50 == 1, fix_plan=plan))
    bad = TrackedState(
        role=Role.MIRROR,
        state=State.BROKEN,
        reason=Reason.GONE,
        detail=HOSTILE,
        state_since=NOW,
        first_failed_at=NOW,
    )
    citing = [place(text=HOSTILE, page=f"{HOSTILE}.md"), place(line=99)]
    found.append(
        finding(
            link(
                role=Role.MIRROR,
                tracked_state=bad,
                id=number + 1,
                url="https://web.archive.org/web/2021/http://z.example/",
                original="http://z.example/",
                citations=citing,
            ),
            new=True,
        )
    )
    return found


def histories(link_ids: Any) -> dict[int, RecentHistory]:
    spans = tuple(
        SpanRecord(
            verdict=verdict,
            reason=reason,
            first_at=NOW - (5 - index) * 30 * DAY,
            last_at=NOW - (4 - index) * 30 * DAY,
            probes=4,
        )
        for index, (_, reason, verdict) in enumerate(KINDS)
    )
    hops = tuple(
        ProbeRequest(
            method="GET",
            url=f"http://hop{hop}.example/",
            at=NOW,
            elapsed_ms=80,
            status=301,
            hop=hop,
        )
        for hop in range(2)
    )
    return dict.fromkeys(link_ids, RecentHistory(spans=spans, requests=hops))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a report of 10,000 links, or of as many as a test needs."""
    folder = tmp_path_factory.mktemp("html")
    run = RunRecord(
        id=7, command="run", started_at=NOW, finished_at=NOW, outcome=RunOutcome.FINISHED, totals={}
    )
    capture = CaptureFinding(
        url="http://a.example/", service="wayback", status=CaptureStatus.FAILED, queued_at=NOW, finished_at=NOW, next_try_at=None,
        code="error:no-access", detail=HOSTILE, mirror=None,
    )  # fmt: skip

    def write(lang: Lang, links: int = 10_000) -> Path:
        path = folder / f"{lang}-{links}.html"
        if not path.exists():
            expected = findings(links - 1)
            states = {
                state: sum(item.link.tracked_state.state is state for item in expected)
                for state, _, _ in KINDS
            }
            subject = report(
                *expected,
                wiki="河边 notes",
                run=run,
                compared_with=run,
                totals={Role.LINK: states, Role.MIRROR: {State.BROKEN: 1}},
                captures=[capture],
                internal_links=[
                    BrokenInternalLink(
                        page="a.md",
                        line=3,
                        column=1,
                        target="b.md",
                        text="b",
                        broken="missing-page",
                    )
                ],
                warnings=[
                    PageWarning(page="a.md", line=0, code="not-utf-8", message="read as gb18030")
                ],
                lang=lang,
                source_url="https://git.example/notes/blob/main/{path}#L{line}",
                recent_histories=histories,
                run_health=lambda: [
                    RunStates(
                        run_id=index,
                        ended_at=NOW - (9 - index) * DAY,
                        states={State.ALIVE: 90 - index, State.BROKEN: index},
                    )
                    for index in range(9)
                ],
            )
            path.write_text("".join(render(subject, ReportFormat.HTML)), encoding="utf-8")
        return path

    return write


@dataclass(frozen=True)
class Opened:
    """A report in a browser tab."""

    page: Page
    address: str

    def rows(self) -> list[str]:
        """Return the names of the visible links in order."""
        return self.page.locator(".rows [role=row] .name").all_inner_texts()

    def count(self) -> str:
        return self.page.locator("#count").inner_text()

    def expect_count(self, text: str) -> None:
        """Wait for the number of links shown: the page filters after a moment."""
        expect(self.page.locator("#count")).to_have_text(text)


@pytest.fixture
def opened(browser: Browser, written: Callable[..., Path]) -> Iterator[Callable[..., Opened]]:
    """Open a report, and check at the end that there were no requests and no errors."""
    contexts, complaints = [], []

    def open_report(
        hash_: str = "", *, lang: Lang = Lang.EN, links: int = 10_000, **options: Any
    ) -> Opened:
        context = browser.new_context(
            timezone_id="Asia/Shanghai", **{"viewport": {"width": 1280, "height": 900}, **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on(
            "request",
            lambda request: (
                complaints.append(request.url) if not request.url.startswith("file:") else None
            ),
        )
        address = written(lang, links).as_uri()
        page.goto(address + hash_)
        expect(page.locator("html[data-ready]")).to_have_count(1)
        return Opened(page, address)

    yield open_report
    for context in contexts:
        context.close()
    assert not complaints


def test_it_shows_ten_thousand_links_and_makes_only_the_rows_in_view(
    opened: Callable[..., Opened],
) -> None:
    report = opened()
    assert report.page.title() == "Links of 河边 notes"
    report.expect_count("10,000 of 10,000")
    assert 0 < len(report.rows()) < 60
    tops = report.page.evaluate(
        """async () => {
            scrollTo(0, 300_000);
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            return [...document.querySelectorAll(".rows [role=row]")].map((row) => row.getBoundingClientRect().top);
        }"""
    )
    assert min(tops) <= 0
    assert max(tops) >= 840
    assert len(report.rows()) < 60


def test_it_sorts_both_ways(opened: Callable[..., Opened]) -> None:
    report = opened()
    header = report.page.get_by_role("columnheader", name="Since")
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    assert report.rows()[0] == "链接 9998"
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == "descending"
    assert report.rows()[0] == "链接 0"
    assert report.page.url.endswith("#sort=-since")


def test_it_filters_and_searches(opened: Callable[..., Opened]) -> None:
    report = opened()
    report.page.get_by_role("checkbox", name="broken").check()
    report.expect_count("2,001 of 10,000")
    report.page.get_by_label("new only").check()
    report.expect_count("201 of 10,000")
    report.page.get_by_role("button", name="Reset").click()
    report.expect_count("10,000 of 10,000")
    report.page.get_by_role("searchbox").fill("HOST7.example 链接")
    report.expect_count(f"{len(range(7, 9_999, 53))} of 10,000")
    report.page.locator("#reason").select_option("timeout")
    assert {name.split()[0] for name in report.rows()} == {"链接"}
    report.page.get_by_role("searchbox").fill("no such thing")
    expect(report.page.get_by_text("No matching links.")).to_be_visible()


def test_links_are_grouped_by_the_option(opened: Callable[..., Opened]) -> None:
    report = opened("#state=broken&new=1")
    links = int(report.count().split()[0])
    report.page.get_by_label("Group by").select_option("reason")
    assert "by=reason" in report.page.url
    headings = report.page.locator(".rows .group")
    assert headings.all_inner_texts() == ["page not found 200"]  # the next one is not in view
    report.expect_count(f"{links} of 10,000")
    assert headings.first.get_attribute("aria-rowindex") == "2"
    report.page.get_by_label("Group by").select_option("page")
    places = report.page.locator(".rows [role=row]").evaluate_all(
        "rows => rows.map((row) => row.className || row.querySelector('.at').textContent.split(':')[0])"
    )
    assert places[0] == "group"
    pages = [place for place in places if place != "group"]
    assert len(pages) > len(set(pages)) == len(list(groupby(pages))) == places.count("group")
    report.page.get_by_role("button", name="Reset").click()
    assert headings.count() == 0


def test_the_shown_rows_can_be_shared_by_their_address(opened: Callable[..., Opened]) -> None:
    first = opened()
    first.page.get_by_role("searchbox").fill("host3.example")
    first.page.get_by_role("checkbox", name="moved").check()
    first.page.get_by_role("combobox", name="Show").select_option("without-mirror")
    first.page.get_by_role("columnheader", name="Link").get_by_role("button").click()
    shared = first.page.url.removeprefix(first.address)
    second = opened(shared)
    assert second.rows()[:10] == first.rows()[:10] != []
    assert second.count() == first.count() != "10,000 of 10,000"
    assert second.page.get_by_role("searchbox").input_value() == "host3.example"


def test_one_link_has_a_dialog_that_can_be_shared(opened: Callable[..., Opened]) -> None:
    report = opened("#q=%22none%22&link=http%3A%2F%2Fhost1.example%2F1")
    dialog = report.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("heading", name="链接 1")).to_be_visible()
    assert dialog.locator(".band li").count() == 5
    cited, unfixed = dialog.get_by_role("link", name="notes/1.md:2").all()
    for place_of in (cited, unfixed):
        expect(place_of).to_have_attribute(
            "href", "https://git.example/notes/blob/main/notes/1.md#L2"
        )
    expect(dialog.get_by_text("1 day from the access date")).to_be_visible()
    expect(dialog.get_by_text("GET 301")).to_have_count(2)
    expect(dialog.get_by_role("heading", name="Not fixed by holdfast fix")).to_be_visible()
    expect(dialog.get_by_text(NO_MIRROR)).to_be_visible()
    report.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(report.page).not_to_have_url(re.compile("link="))


def test_dialog_of_a_blocked_link_tells_what_others_saw(opened: Callable[..., Opened]) -> None:
    report = opened("#link=http%3A%2F%2Fhost4.example%2F4")
    listed = "still listed by the site itself on 2026-03-09 (http://host4.example/sitemap.xml)"
    expect(report.page.get_by_role("dialog").get_by_text(listed, exact=True)).to_be_visible()


def test_a_copy_that_shows_another_page_is_not_called_alive(
    browser: Browser, tmp_path: Path
) -> None:
    copies = [
        mirror(date(2021, 8, 5), quality=MirrorQuality.UNUSABLE),
        mirror(date(2015, 1, 1), id=2),
    ]
    file = tmp_path / "report.html"
    shown = finding(link(State.BROKEN, mirrors=copies))
    file.write_text("".join(render(report(shown), ReportFormat.HTML)), encoding="utf-8")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{file.as_uri()}#link=http%3A%2F%2Fx.example%2Fa")
        texts = page.get_by_role("dialog").locator("li").all_inner_texts()
    (rejected,) = (text for text in texts if "/20210805" in text)
    (best,) = (text for text in texts if "/20150101" in text)
    assert "not usable" in rejected
    assert "the copy does not show the page" in rejected
    assert "alive" not in rejected
    assert "page returned" not in rejected
    assert "alive best replacement" in best


def test_keyboard_alone_leads_everywhere(opened: Callable[..., Opened]) -> None:
    report = opened()
    report.page.get_by_role("button", name="Archive copy").focus()
    report.page.keyboard.press("Tab")
    before = report.page.evaluate("document.activeElement.textContent")
    report.page.keyboard.press("ArrowDown")
    report.page.keyboard.press("ArrowDown")
    after = report.page.evaluate("document.activeElement.textContent")
    assert before != after
    report.page.keyboard.press("Enter")
    expect(report.page.get_by_role("dialog").get_by_role("heading", name=after)).to_be_visible()


def test_numbers_at_the_head_filter_the_table(opened: Callable[..., Opened]) -> None:
    report = opened()
    tiles = report.page.locator(".tile")
    for index in range(tiles.count()):
        tile = tiles.nth(index)
        number = tile.locator("b").inner_text()
        tile.click()
        report.expect_count(f"{number} of 10,000")
        expect(tile).to_have_class(re.compile(r"\bon\b"))


def test_a_click_anywhere_on_a_row_or_card_opens_it(opened: Callable[..., Opened]) -> None:
    report = opened()
    dialog = report.page.get_by_role("dialog")
    report.page.locator(".card").first.click(position={"x": 300, "y": 12})
    expect(dialog).to_be_visible()
    report.page.keyboard.press("Escape")
    row = report.page.locator(".rows [role=row]").nth(3)
    row.locator("[role=cell]").nth(3).click()
    expect(dialog.get_by_role("heading", level=2)).to_have_text(row.locator(".name").inner_text())


def test_a_slash_leads_to_the_search(opened: Callable[..., Opened]) -> None:
    report = opened()
    report.page.keyboard.press("/")
    report.page.keyboard.type("host7.example/7")
    assert report.page.get_by_role("searchbox").input_value() == "host7.example/7"


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_the_line_of_a_long_page_name_is_never_cut(
    opened: Callable[..., Opened], width: int
) -> None:
    report = opened()
    report.page.set_viewport_size({"width": width, "height": 900})
    hidden = report.page.evaluate("""() => {
        const cells = [...document.querySelectorAll(".rows .cut")];
        for (const cell of cells) cell.querySelector(".end").textContent = "/" + "long-".repeat(60);
        const isHidden = (cell) => {
            const line = cell.querySelector(".line").getBoundingClientRect();
            return !line.width || line.right > cell.parentElement.getBoundingClientRect().right + 1;
        };
        return [cells.length > 9, cells.filter(isHidden).length];
    }""")
    assert hidden == [True, 0]


def test_the_shown_rows_can_be_exported(opened: Callable[..., Opened]) -> None:
    report = opened("#state=broken&new=1")
    with report.page.expect_download() as started:
        report.page.get_by_role("button", name="Export as CSV").click()
    lines = Path(started.value.path()).read_bytes().decode().split("\r\n")
    assert lines[0] == "state,reason,url,text,page,line,since,archive_copy"
    first = next(line for line in lines if '"链接 1"' in line)
    assert first.startswith(
        '"broken","not-found","http://host1.example/1","链接 1","notes/1.md","2"'
    )
    assert len(lines) - 2 == 200 + 2  # the copy is cited twice


def test_the_theme_is_the_systems_until_one_is_chosen(opened: Callable[..., Opened]) -> None:
    report = opened(color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = report.page.evaluate(paper)
    button = report.page.get_by_role("button", name="Theme")
    button.click()  # light
    assert report.page.evaluate(paper) == light
    button.click()  # dark
    assert report.page.evaluate(paper) != light
    button.click()
    assert report.page.evaluate(paper) == light


def test_text_from_outside_is_only_ever_text(opened: Callable[..., Opened]) -> None:
    report = opened("#q=onerror")
    report.expect_count("1 of 10,000")
    shown = "<img src=x onerror=alert(1)>�</script>"
    assert report.rows() == [shown]
    report.page.locator(".rows .name").click()
    expect(report.page.get_by_role("dialog").get_by_role("heading", name=shown)).to_be_visible()
    assert report.page.locator("img").count() == 0


DETAIL = "#link=http%3A%2F%2Fhost1.example%2F1"
LOOKS = [
    *(
        (lang, theme, width, "")
        for lang in Lang
        for theme in ("light", "dark")
        for width in (1280, 390)
    ),
    (Lang.EN, "light", 1280, DETAIL),
    (Lang.ZH, "dark", 390, DETAIL),
]


@pytest.mark.parametrize(("lang", "theme", "width", "hash_"), LOOKS)
def test_everyone_can_read_it(
    opened: Callable[..., Opened], lang: Lang, theme: str, width: int, hash_: str
) -> None:
    report = opened(
        hash_,
        lang=lang,
        links=FEW,
        color_scheme=theme,
        viewport={"width": width, "height": 800},
        bypass_csp=True,
    )
    results = Axe().run(report.page)
    assert [
        (item["id"], [node["html"][:200] for node in item["nodes"][:3]])
        for item in results.response["violations"]
    ] == []
    assert report.page.evaluate("document.documentElement.scrollWidth") <= width


def test_titles_of_cards_are_wide_enough_beside_many_places(
    opened: Callable[..., Opened],
) -> None:
    card = opened(links=FEW).page.locator(".card").first
    title, whole = card.evaluate("""card => {
        card.querySelector(".where").textContent = "folder/of/translations/page.md:12, ".repeat(9);
        card.querySelector("h4").textContent = "The title of a page";
        return [card.querySelector("h4"), card].map((each) => each.getBoundingClientRect().width);
    }""")
    assert title > whole / 3


def test_chinese_page_has_no_english_left(opened: Callable[..., Opened]) -> None:
    report = opened(lang=Lang.ZH)
    assert report.page.locator("html").get_attribute("lang") == "zh-Hans"
    for role, name in [
        ("heading", "待办"),
        ("heading", "全部链接"),
        ("columnheader", "状态"),
        ("button", "重置"),
    ]:
        expect(report.page.get_by_role(role, name=name).first).to_be_visible()  # type: ignore[arg-type]
    report.expect_count("10,000 项，共 10,000 项")


def test_printed_page_has_the_rows(opened: Callable[..., Opened]) -> None:
    report = opened("#state=broken&new=1")
    number = int(report.count().split()[0])
    report.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    report.page.emulate_media(media="print")
    assert len(report.rows()) == number
    expect(report.page.locator("#q")).to_be_hidden()
    expect(report.page.locator("#count")).to_be_visible()


def test_printed_page_has_all_columns_and_says_what_it_leaves_out(
    opened: Callable[..., Opened],
) -> None:
    page = opened(viewport={"width": 680, "height": 900}).page  # as wide as A4 between margins
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    since = page.locator(".rows [role=row]:not(.group) [role=cell]:nth-child(4)")
    expect(since.first).to_be_visible()
    copies = page.locator(".rows [role=row]:not(.group) [role=cell]:nth-child(5) > span")
    assert copies.evaluate_all("all => all.every(one => one.scrollWidth <= one.clientWidth)")
    expect(page.get_by_text("Only the first 2,000 rows are printed")).to_be_visible()


def test_bars_of_hosts_lead_to_as_many_links_as_they_count(opened: Callable[..., Opened]) -> None:
    report = opened()
    bar = report.page.locator("table[aria-labelledby=chart-hosts] tr").first
    number = bar.locator(".value").inner_text()
    bar.locator("a").click()
    report.expect_count(f"{number} of 10,000")


def test_to_do_list_needs_no_script(browser: Browser, written: Callable[..., Path]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written(Lang.EN).as_uri())
    expect(page.get_by_role("heading", name="To do")).to_be_visible()
    assert page.locator(".todo li").count() > 0
    expect(page.get_by_text("needs JavaScript")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [1440, 1024, 380])
@pytest.mark.parametrize("lang", list(Lang))
def test_no_cell_covers_its_neighbour(
    opened: Callable[..., Opened], lang: Lang, width: int
) -> None:
    page = opened(lang=lang, links=FEW, viewport={"width": width, "height": 900}).page
    overlaps = page.evaluate(
        """() => [...document.querySelectorAll('.rows [role="row"]:not(.group)')].flatMap(
             (row) => [...row.children].filter((cell) => getComputedStyle(cell).display !== "none")
               .filter((cell) => [...cell.children].some((each) =>
                 each.getBoundingClientRect().right > cell.getBoundingClientRect().right + 1
                 || each.getBoundingClientRect().bottom > row.getBoundingClientRect().bottom + 1
                 || cell.getBoundingClientRect().width < 100)).map((cell) => cell.textContent))"""
    )
    assert overlaps == []
