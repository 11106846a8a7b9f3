"""Test the one-line descriptions of findings."""

from __future__ import annotations

from reports.findings.descriptions import describe_finding
from reports.i18n import Lang, translator_for
from store.vocabulary import Reason, Spelling, State, TrackedState
from tests.unit.reports.example_findings import NOW, finding, link, mirror, proposal


def test_new_address_of_a_moved_link_is_named_once() -> None:
    tracked_state = TrackedState(
        state=State.MOVED, reason=Reason.MOVED_PERMANENTLY, detail="to http://y.example/"
    )
    output = describe_finding(
        finding(link(tracked_state=tracked_state, final_url="http://y.example/"))
    )
    assert output == "permanent redirect; now at http://y.example/"
    assert (
        describe_finding(finding(link(tracked_state=tracked_state)))
        == "permanent redirect (to http://y.example/)"
    )


def test_best_proposal_comes_after_the_replacement() -> None:
    broken = link(
        tracked_state=TrackedState(state=State.BROKEN, reason=Reason.GONE, first_failed_at=NOW)
    )
    output = describe_finding(
        finding(broken, proposals=(proposal(), proposal("http://x.example/less", confidence=0.4)))
    )
    assert output == (
        "page permanently removed; failing since 2026-03-09; no usable archive copy known; "
        "possibly moved to http://x.example/new, confidence 88% (an archive recorded a redirect to it; a page there has the same title)"
    )


def test_a_line_can_be_had_in_another_language() -> None:
    translate = translator_for(Lang.ZH)
    assert describe_finding(
        finding(link(State.BROKEN), proposals=(proposal(),)), translate
    ).endswith("存档服务收录了指向它的重定向；该网址的页面标题相同)")


def test_a_copy_recorded_under_another_address_is_described_in_both_languages() -> None:
    copy = mirror(NOW.date(), spelling=Spelling.QUERY_ORDER)
    found = finding(link(State.BROKEN, mirrors=[copy]))
    assert f"archive copy: {copy.url} (recorded with the parameters in another order)" in (
        describe_finding(found)
    )
    assert "存档时的网址参数顺序不同" in describe_finding(found, translator_for(Lang.ZH))


def test_a_copy_with_missing_parts_counts_them_in_both_languages() -> None:
    copy = mirror(NOW.date(), spelling=Spelling.QUERY_ORDER, parts_checked=9, parts_missing=3)
    found = finding(link(State.BROKEN, mirrors=[copy]))
    assert (
        f"archive copy: {copy.url} (recorded with the parameters in another order; "
        "3 of 9 images and style sheets missing)"
    ) in describe_finding(found)
    chinese = describe_finding(found, translator_for(Lang.ZH))
    assert "查验的 9 个图片和样式表中缺失 3 个" in chinese
    whole = mirror(NOW.date(), parts_checked=9, parts_missing=0)
    assert "missing" not in describe_finding(finding(link(State.BROKEN, mirrors=[whole])))
