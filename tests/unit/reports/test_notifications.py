"""Test notifications: only changes, nothing private, the same in every format."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from hypothesis import given

from reports.i18n import Lang
from reports.model import Report
from reports.notifications import (
    Notification,
    make_notification,
    to_chat,
    to_html,
    to_json,
    to_text,
)
from store.vocabulary import Reason, Role, State, TrackedState
from tests.schemas import validator
from tests.unit.reports.example_findings import NOW, finding, link, mirror, place, proposal, report
from tests.unit.reports.hostile import HOSTILE, hostile_report

BROKE = finding(
    link(
        tracked_state=TrackedState(
            state=State.BROKEN, reason=Reason.GONE, detail="410", first_failed_at=NOW
        ),
        id=1,
        mirrors=[mirror(None, id=9)],
    ),
    new=True,
)
BACK = finding(
    link(State.ALIVE, id=2, url="http://y.example/", previous_state=State.BROKEN), new=True
)


def notification_of(subject: Report, *, private: str = "private.example") -> Notification | None:
    return make_notification(subject, may_publish=lambda url: private not in url)


def document(notice: Notification | None) -> dict[str, Any]:
    assert notice
    row = to_json(notice)
    validator("notification-2.json").validate(row)
    return row


@pytest.mark.parametrize(
    "old",
    [
        finding(link(State.BROKEN)),
        finding(link(State.SUSPECT), new=True),
        finding(link(State.ALIVE, previous_state=State.SUSPECT), new=True),
        finding(link(State.ALIVE, previous_state=State.BROKEN)),
        finding(link(State.MOVED), new=True),
        finding(link(State.BROKEN, role=Role.MIRROR)),
        finding(link(State.SUSPECT, role=Role.MIRROR), new=True),
    ],
)
def test_without_changes_there_is_no_notification(old: Any) -> None:
    assert notification_of(report(old)) is None
    assert notification_of(report()) is None


def test_broken_and_recovered_links_have_citations_and_replacement() -> None:
    row = document(
        notification_of(
            report(
                BROKE,
                BACK,
                finding(link(State.BROKEN, id=3)),
                wiki="notes",
                source_url="https://git.example/{path}#L{line}",
            )
        )
    )
    assert (row["wiki"], row["subject"]) == ("notes", "notes: 1 newly broken, 1 recovered")
    assert row["counts"] == {"broken": 1, "recovered": 1, "withheld": 0}
    (broke,) = row["broken"]
    assert (broke["url"], broke["reason"], broke["since"], broke["replacement"]) == (
        *("http://x.example/a", "gone", NOW.strftime("%Y-%m-%dT%H:%M:%SZ")),
        mirror(None, id=9).url,
    )
    assert broke["citations"] == [
        {
            "page": place().page,
            "line": place().line,
            "source": f"https://git.example/{place().page}#L{place().line}",
        }
    ]
    assert [back["url"] for back in row["recovered"]] == ["http://y.example/"]


def test_mirror_confirmed_broken_is_included() -> None:
    bad = finding(link(State.BROKEN, role=Role.MIRROR, original="http://o.example/"), new=True)
    assert [each["role"] for each in document(notification_of(report(bad)))["broken"]] == ["mirror"]


@pytest.mark.parametrize(
    "private",
    [
        {"url": "http://private.example/a"},
        {"original": "http://private.example/a", "role": Role.MIRROR},
        {"final_url": "http://private.example/"},
    ],
)
def test_unpublishable_links_are_counted_and_not_named(private: dict[str, Any]) -> None:
    notice = notification_of(
        report(BROKE, finding(link(State.BROKEN, **{"id": 5, **private}), new=True))
    )
    assert document(notice)["counts"] == {"broken": 1, "recovered": 0, "withheld": 1}
    assert notice
    formats = [
        to_text(notice),
        to_html(notice),
        json.dumps(to_chat(notice)),
        json.dumps(to_json(notice)),
    ]
    assert not [text for text in formats if "private.example" in text]
    assert "1 not named (private URLs)" in notice.subject
    assert notification_of(
        report(finding(link(State.BROKEN, url="http://private.example/"), new=True))
    )  # a private link alone is still notified


def test_the_same_changes_have_the_same_id() -> None:
    one, again, other = (
        document(notification_of(report(BROKE, wiki=wiki)))["id"] for wiki in ("a", "a", "b")
    )
    assert one == again != other


def test_a_long_list_is_cut_and_the_rest_counted() -> None:
    many = [
        finding(link(State.BROKEN, id=number, url=f"http://x.example/{number}"), new=True)
        for number in range(300)
    ]
    notice = notification_of(report(*many))
    row = document(notice)
    assert (len(row["broken"]), row["counts"]["broken"]) == (100, 300)
    assert notice
    assert "- … and 290 more" in to_chat(notice)["text"]
    assert len(to_chat(notice)["text"]) < 4_000


def test_changes_notified_by_another_run_are_not_repeated() -> None:
    ours, theirs = (
        finding(
            link(State.BROKEN, id=number, url=f"http://{number}.example/", changed_run_id=number),
            new=True,
        )
        for number in (7, 8)
    )
    notice = make_notification(report(ours, theirs), may_publish=lambda _: True, notified_runs={8})
    assert [row["url"] for row in document(notice)["broken"]] == ["http://7.example/"]
    assert make_notification(report(theirs), may_publish=lambda _: True, notified_runs={8}) is None


def test_changes_of_a_failed_notification_are_repeated_with_their_current_state() -> None:
    broke, back, healed, suspect = (
        finding(
            link(
                state,
                id=number,
                url=f"http://{number}.example/",
                changed_run_id=number,
                previous_state=previous,
            )
        )
        for number, (state, previous) in enumerate(
            [
                (State.BROKEN, State.SUSPECT),
                (State.ALIVE, State.BROKEN),
                (State.ALIVE, State.SUSPECT),
                (State.SUSPECT, State.ALIVE),
            ],
            1,
        )
    )
    old = report(broke, back, healed, suspect)
    assert make_notification(old, may_publish=lambda _: True) is None
    notice = make_notification(
        old, may_publish=lambda _: True, notified_runs={1, 2, 3, 4}, pending_runs={1, 2, 3, 4}
    )
    row = document(notice)
    assert notice
    assert (
        [each["url"] for each in row["broken"]],
        [each["url"] for each in row["recovered"]],
    ) == (
        ["http://1.example/"],
        ["http://2.example/"],
    )
    assert notice.runs == {1, 2}


def test_the_same_changes_have_the_same_id_in_any_run() -> None:
    in_time = make_notification(report(BROKE, BACK), may_publish=lambda _: True)
    late = make_notification(
        report(*(msgspec.structs.replace(each, new=False) for each in (BROKE, BACK))),
        may_publish=lambda _: True,
        pending_runs={1},
    )
    more = make_notification(report(BROKE), may_publish=lambda _: True)
    assert in_time
    assert late
    assert more
    assert in_time.id == late.id != more.id


def test_it_is_in_the_language_of_the_reports() -> None:
    notice = notification_of(report(BROKE, BACK, wiki="夜渡", lang=Lang.ZH))
    assert notice
    assert notice.subject == "夜渡：新增失效 1 个，已恢复 1 个"
    lines = to_text(notice).splitlines()
    assert lines[:5] == [
        notice.subject,
        "",
        "新增失效：",
        f"- {place().page}:{place().line}  http://x.example/a",
        "  页面已永久移除 (410)；自 2026-03-09 起访问失败；存档副本：https://archive.ph/XZn19",
    ]
    assert '<html lang="zh-Hans">' in to_html(notice)
    assert '<h2 style="font-size: 1.1em">已恢复</h2>' in to_html(notice)
    assert (
        document(notice)["broken"][0]["reason"] == "gone"
    )  # the words for programs are not translated


def test_new_address_is_named_unless_it_must_not_be_published() -> None:
    public, private = (
        finding(link(State.BROKEN, id=number), new=True, proposals=(proposal(url),))
        for number, url in enumerate(["http://x.example/new", "http://private.example/new"])
    )
    notice = notification_of(report(public, private))
    assert document(notice)["counts"] == {"broken": 1, "recovered": 0, "withheld": 1}
    assert notice
    assert "possibly moved to http://x.example/new, confidence 88%" in to_text(notice)


class Tags(HTMLParser):
    """Collect the names of a page's tags, and the targets of its links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.links |= {value or "" for name, value in attrs if name == "href"}
        assert {name for name, _ in attrs} <= {"href", "lang", "charset", "style"}


@given(HOSTILE)
def test_no_text_breaks_out_of_any_format(text: str) -> None:
    notice = notification_of(hostile_report(text), private="\0\0")
    document(notice)
    assert notice
    assert "\n" not in notice.subject
    assert notice.subject.replace("\u200c", "").replace("\u200d", "").isprintable()
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", to_text(notice)
    )
    assert not set("<>") & set(to_chat(notice)["text"])
    page = Tags(to_html(notice))
    assert page.names <= {
        "html",
        "head",
        "meta",
        "title",
        "body",
        "p",
        "strong",
        "h2",
        "ul",
        "li",
        "a",
        "br",
    }
    assert all(link.startswith(("http://", "https://")) for link in page.links)
