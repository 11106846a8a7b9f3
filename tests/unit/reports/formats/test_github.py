"""Test the GitHub annotations: each is one command on one line."""

from __future__ import annotations

import re

from hypothesis import given

from reports.formats.github import GitHub, workflow_command
from reports.model import Report
from store.vocabulary import Reason, Role, State, TrackedState
from tests.unit.reports.example_findings import (
    drift,
    finding,
    link,
    mirror,
    place,
    proposal,
    report,
)
from tests.unit.reports.hostile import HOSTILE, hostile_report

# As a runner reads a line: the command, its properties, its message.
COMMAND = re.compile(
    r"::(error|warning|notice) file=([^,:\r\n]*),line=(\d+),col=(\d+),title=([^,:\r\n]*)::([^\r\n]*)\n"
)


def unescape(text: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


def commands_of(subject: Report) -> list[tuple[str, ...]]:
    found = [COMMAND.fullmatch(line) for line in GitHub().render(subject)]
    return [tuple(map(unescape, match.groups())) for match in found if match]


@given(HOSTILE)
def test_no_text_becomes_a_command_of_its_own(text: str) -> None:
    written = list(GitHub().render(hostile_report(text)))
    assert len(written) == len(commands_of(hostile_report(text))) == 8
    for line in written:
        assert line[:-1].replace("\u200c", "").replace("\u200d", "").isprintable()


@given(HOSTILE, HOSTILE)
def test_escaped_texts_are_read_back(path: str, message: str) -> None:
    match = COMMAND.fullmatch(
        workflow_command("error", message, file=path, line=1, col=1, title="t")
    )
    assert match
    assert (unescape(match[2]), unescape(match[6])) == (path, message)


def test_worst_comes_first_and_covered_links_are_notices() -> None:
    copy = mirror(None, id=9)
    covered = link(State.BROKEN, id=3, citations=[place(mirror_id=9)], mirrors=[copy])
    gone_bad = link(
        role=Role.MIRROR,
        tracked_state=TrackedState(role=Role.MIRROR, state=State.BROKEN, reason=Reason.GONE),
        id=5,
    )
    suspects = [
        finding(link(State.SUSPECT, id=1)),
        finding(link(State.SUSPECT, role=Role.MIRROR, id=6)),
    ]
    subject = report(
        *suspects,
        finding(link(State.MOVED, id=2)),
        finding(covered),
        finding(link(State.BROKEN, id=4), new=True),
        finding(gone_bad),
    )
    output = [(kind, title) for kind, _, _, _, title, _ in commands_of(subject)]
    assert output == [
        ("error", "Broken link"),
        ("error", "Broken archive copy"),
        ("warning", "Failing, not confirmed"),
        ("warning", "Failing, not confirmed"),
        ("notice", "Moved link"),
        ("notice", "Failing link, readers get a copy"),
    ]


def test_changed_page_is_a_warning_unless_covered() -> None:
    copied = link(id=3, mirrors=[mirror(None, id=9)], citations=[place(mirror_id=9)])
    output = commands_of(report(*(finding(each, drift=drift()) for each in (link(id=2), copied))))
    assert [(kind, title) for kind, *_, title, _ in output] == [
        (kind, "Content changed") for kind in ("warning", "notice")
    ]
    assert output[0][-1].startswith(
        f"http://x.example/a: only 25% of the text of {drift().mirror} is still on the page"
    )


def test_an_annotation_names_a_possible_new_address() -> None:
    ((kind, *_, message),) = commands_of(
        report(finding(link(State.BROKEN), proposals=(proposal(),)))
    )
    assert kind == "error"
    assert "possibly moved to http://x.example/new, confidence 88%" in message
