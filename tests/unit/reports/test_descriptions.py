"""One line about a link, for whom a line has to do."""

from __future__ import annotations

from reports.descriptions import describe_changed_content, describe_finding
from reports.i18n import Lang, translator_for
from store.vocabulary import Reason, TrackedState, State
from tests.unit.reports.findings import NOW, drift, finding, link, proposal


def test_where_a_link_moved_to_is_said_once() -> None:
    standing = TrackedState(
        state=State.MOVED, reason=Reason.MOVED_PERMANENTLY, detail="to http://y.example/"
    )
    told = describe_finding(finding(link(standing=standing, final_url="http://y.example/")))
    assert told == "the server says it moved for good; now at http://y.example/"
    assert (
        describe_finding(finding(link(standing=standing)))
        == "the server says it moved for good (to http://y.example/)"
    )


def test_the_most_trusted_address_is_said_behind_what_could_stand_in() -> None:
    broken = link(standing=TrackedState(state=State.BROKEN, reason=Reason.GONE, first_failed_at=NOW))
    told = describe_finding(
        finding(broken, proposals=(proposal(), proposal("http://x.example/less", confidence=0.4)))
    )
    assert told == (
        "the server says it is gone for good; failing since 2026-03-09; no archive copy is known that could stand in; "
        "perhaps at http://x.example/new, confidence 88 % (an archive keeps a redirect to it; a page there has the same title)"
    )


def test_a_line_can_be_had_in_another_language() -> None:
    words = translator_for(Lang.ZH)
    assert describe_finding(finding(link(State.BROKEN), proposals=(proposal(),)), words).endswith(
        "存档里留有指向它的重定向；那里有一个标题相同的页面)"
    )
    assert "still stands there" not in describe_changed_content(drift(), words)
