"""Test which citations are fixed, by the states of their links and mirrors."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from crawler.pages.fixes.edits import MOVED_IMAGE
from reports.patches import NO_MIRROR, FixCause, FixPolicy, MirrorStyle
from reports.patches.fixes import STATUS_IMAGE
from reports.patches.planned_fixes import NOT_PUBLIC, SHARED_TARGET
from reports.wording.detail_phrases import DETAIL_PHRASES
from store.queries.link_records import LinkFinding, MirrorFinding
from store.vocabulary import Reason, State
from tests.unit.reports.example_findings import mirror
from tests.unit.reports.patches.wiki import (
    DAY,
    IN_TODAY,
    IN_WAYBACK,
    ORIGINAL,
    TODAY,
    WAYBACK,
    broken,
    fix_page,
    fixed_text,
)

DEAD_COPY = f"https://web.archive.org/web/20150101000000/{ORIGINAL}"


def alive(*mirrors: MirrorFinding) -> LinkFinding:
    return broken(*mirrors, state=State.ALIVE, reason=Reason.OK)


def moved(to: str) -> LinkFinding:
    return broken(state=State.MOVED, reason=Reason.MOVED_PERMANENTLY, final_url=to)


def canonicalised(to: str) -> LinkFinding:
    return broken(state=State.ALIVE, reason=Reason.CANONICALISED, final_url=to)


def causes(page: str, known: LinkFinding, **policy: Any) -> list[FixCause]:
    return [each.planned.cause for each in fix_page(page, known, policy=FixPolicy(**policy)).fixes]


@pytest.mark.parametrize(
    ("known", "by_default", "with_suspects"),
    [
        (broken(), [FixCause.BROKEN], [FixCause.BROKEN]),
        (broken(state=State.SUSPECT), [], [FixCause.SUSPECT]),
        (alive(), [], []),
        (broken(state=State.BLOCKED, reason=Reason.FORBIDDEN), [], []),
        (broken(state=State.UNSURE, reason=Reason.DNS_FAILURE), [], []),
        (broken(state=State.UNCHECKED), [], []),
        (moved("http://b.example/"), [FixCause.MOVED], [FixCause.MOVED]),
        (canonicalised("https://a.example/x"), [FixCause.HTTPS], [FixCause.HTTPS]),
    ],
)
def test_state_of_the_link_decides_the_fix(
    known: LinkFinding, by_default: list[FixCause], with_suspects: list[FixCause]
) -> None:
    page = f"[报道]({ORIGINAL})"
    assert causes(page, known) == by_default
    assert causes(page, known, suspects=True) == with_suspects


def test_a_link_whose_target_is_that_of_other_pages_is_left_for_a_person() -> None:
    patch = fix_page(f"[报道]({ORIGINAL})", moved("http://b.example/"), at_shared_targets=[1])
    assert patch.fixes == ()
    assert [(each.cause, each.reason) for each in patch.skipped] == [
        (FixCause.MOVED, SHARED_TARGET)
    ]


def test_no_copy_replaces_an_image_of_a_live_state() -> None:
    page = f"![报道]({ORIGINAL})"
    patch = fix_page(page, policy=FixPolicy(status_images=(r"http://a\.example/x",)))
    assert patch.fixes == ()
    assert [each.reason for each in patch.skipped] == [STATUS_IMAGE]


def test_a_shared_target_that_shows_the_archived_text_is_cited() -> None:
    phrase = "to {url}, which shows the archived text"
    assert phrase in DETAIL_PHRASES
    detail = phrase.format(url="http://b.example/")
    known = moved("http://b.example/")
    proven = replace(known, tracked_state=replace(known.tracked_state, detail=detail))
    patch = fix_page(f"[报道]({ORIGINAL})", proven, at_shared_targets=[1])
    assert [each.planned.target for each in patch.fixes] == ["http://b.example/"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.UNCHECKED, [FixCause.MARKED_DEAD]),
        (State.SUSPECT, [FixCause.MARKED_DEAD]),
        (State.BLOCKED, [FixCause.MARKED_DEAD]),
        (State.ALIVE, []),  # we see it served: the words may be about something else
    ],
)
def test_a_link_marked_dead_is_fixed_unless_a_probe_shows_it_alive(
    state: State, expected: list[FixCause]
) -> None:
    page = f"[报道]({ORIGINAL}) （链接已失效）"
    assert causes(page, broken(state=state, reason=Reason.OK)) == expected
    assert causes(page, broken(mirror(DAY, state=State.UNCHECKED), state=state)) == []


@pytest.mark.parametrize(
    "unusable",
    [
        mirror(DAY, url=WAYBACK, state=State.UNCHECKED),
        mirror(DAY, url=WAYBACK, state=State.BROKEN),
        mirror(DAY, url=WAYBACK, warnings=("other-capture",)),
        mirror(DAY, url=WAYBACK, status_at_capture=404),
    ],
)
def test_only_verified_mirrors_are_used(unusable: MirrorFinding) -> None:
    patch = fix_page(f"[报道]({ORIGINAL})", broken(unusable))
    assert patch.fixes == ()
    assert [(each.cause, each.reason) for each in patch.skipped] == [(FixCause.BROKEN, NO_MIRROR)]


@pytest.mark.parametrize(
    "page",
    [
        f"[报道]({ORIGINAL}) ([存档]({WAYBACK}))",
        f"- [报道]({ORIGINAL})\n  [存档]({WAYBACK})",
        f"[报道]({ORIGINAL})[^1]\n\n[^1]: [存档]({WAYBACK})",
        f"《[报道]({ORIGINAL})》[^0][^1]\n\n[^0]: 文\n[^1]: [存档]({WAYBACK})",
        f"[报道]({WAYBACK})",
    ],
)
def test_link_with_a_mirror_beside_it_needs_none(page: str) -> None:
    patch = fix_page(page)
    assert (patch.fixes, patch.skipped) == ((), ())


@pytest.mark.parametrize(
    ("cited", "copy", "after"),
    [
        (f"{ORIGINAL}#一", f"{WAYBACK}#二", f"{WAYBACK}#一"),
        (ORIGINAL, f"{WAYBACK}#二", WAYBACK),
        (f"{ORIGINAL}#一", WAYBACK, f"{WAYBACK}#一"),
        (f"{DEAD_COPY}#一", f"{WAYBACK}#二", f"{WAYBACK}#一"),
        (DEAD_COPY, f"{WAYBACK}#二", WAYBACK),
        (f"{ORIGINAL}#一", f"{TODAY}#selection-1.0", f"{TODAY}#selection-1.0"),
    ],
)
def test_copy_gets_the_fragment_of_the_citation_never_that_of_another(
    cited: str, copy: str, after: str
) -> None:
    known = broken(mirror(DAY, id=1, url=copy), mirror(DAY, id=2, url=cited, state=State.BROKEN))
    (fix,) = fix_page(f"[报道]({cited})", known).fixes
    assert fix.planned.target == after


def test_mirror_elsewhere_on_the_page_is_none_beside_the_link() -> None:
    assert causes(f"[报道]({ORIGINAL})\n\n[存档]({WAYBACK})", broken()) == [FixCause.BROKEN]


@pytest.mark.parametrize(
    ("written", "to", "after"),
    [
        ("http://a.example/x", "http://b.example/y", "http://b.example/y"),
        ("http://a.example/x#二", "http://b.example/y", "http://b.example/y#二"),
        ("http://a.example/x#二", "http://b.example/y#三", "http://b.example/y#三"),
        ("http://a.example/x", "http://b.example/y z<", "http://b.example/y%20z%3C"),
    ],
)
def test_moved_link_gets_its_new_address(written: str, to: str, after: str) -> None:
    for style in MirrorStyle:
        assert (
            fixed_text(f'[报道]({written} "旧闻")', moved(to), style=style)
            == f'[报道]({after} "旧闻")'
        )


def test_an_image_is_replaced_by_no_page() -> None:
    image = "http://a.example/x.png"
    page = f"![图]({image}) [图]({image})"
    patch = fix_page(page, {image: moved("http://b.example/gallery")})
    assert patch.after.decode() == f"![图]({image}) [图](http://b.example/gallery)"
    assert [dropped.reason for dropped in patch.skipped] == [MOVED_IMAGE]
    assert (
        fixed_text(page, {image: moved("http://b.example/x.png?v=2")})
        == "![图](http://b.example/x.png?v=2) [图](http://b.example/x.png?v=2)"
    )


@pytest.mark.parametrize(
    "to",
    [
        "http://b.example/y?token=t0p",
        "http://u:w@b.example/y",
        "http://a.example/?key=open&sig=t0p",
    ],
)
def test_no_secret_from_a_server_is_written_into_a_page(to: str) -> None:
    written = "http://a.example/x?key=open"
    page = f"[报道]({written})"
    patch = fix_page(page, {written: moved(to)})
    assert (patch.fixes, [dropped.reason for dropped in patch.skipped]) == ((), [NOT_PUBLIC])
    assert (
        fixed_text(page, {written: moved("http://b.example/y?key=open")})
        == "[报道](http://b.example/y?key=open)"
    )
    assert fixed_text(
        f"[报道]({ORIGINAL})", broken(IN_WAYBACK), offers={ORIGINAL: to}
    ) == fixed_text(f"[报道]({ORIGINAL})", broken(IN_WAYBACK))


@pytest.mark.parametrize(
    ("written", "to", "after"),
    [
        ("http://a.example/x", "https://a.example/x", "https://a.example/x"),
        (
            "http://A.example/微信?q=%c4#二",
            "https://a.example/%E5%BE%AE%E4%BF%A1?q=%c4",
            "https://A.example/微信?q=%c4#二",
        ),
        ("http://a.example/x", "https://www.a.example/x/", "https://www.a.example/x/"),
        ("http://a.example:80/x", "https://a.example/x", "https://a.example/x"),
        (
            "http://a.example/x",
            "http://www.a.example/x",
            "http://a.example/x",
        ),  # not what this is about
        ("https://a.example/x", "https://www.a.example/x", "https://a.example/x"),
    ],
)
def test_https_changes_the_scheme_and_else_only_what_the_server_changed(
    written: str, to: str, after: str
) -> None:
    assert fixed_text(f"[报道]({written})", {written: canonicalised(to)}) == f"[报道]({after})"


def test_second_mirror_is_for_those_with_one_that_serves() -> None:
    both, policy = (IN_WAYBACK, IN_TODAY), {"second_mirrors": True}
    assert causes(f"[报道]({WAYBACK})", broken(*both), **policy) == [FixCause.SECOND_MIRROR]
    assert causes(f"[报道]({WAYBACK})", broken(*both)) == []
    assert causes(f"[报道]({WAYBACK})", broken(IN_WAYBACK), **policy) == []
    assert causes(f"[报道]({ORIGINAL})", alive(*both), **policy) == []


NEW = "http://a.example/new/x"


@pytest.mark.parametrize(
    ("page", "style", "expected"),
    [
        (f"[报道]({ORIGINAL}#top)", MirrorStyle.TITLE, f"[报道]({NEW}#top)"),
        (f"[报道]({ORIGINAL})", MirrorStyle.BESIDE, f"[报道]({NEW}) ([存档]({WAYBACK}))"),
        (
            f"[报道]({ORIGINAL})\n",
            MirrorStyle.FOOTNOTE,
            f"[报道]({NEW})[^archived-1]\n\n[^archived-1]: [存档]({WAYBACK}), 2021-11-05.\n",
        ),
        (f"见 <{ORIGINAL}>。", MirrorStyle.BESIDE, f"见 <{NEW}> ([存档]({WAYBACK}))。"),
        (f"![图]({ORIGINAL})", MirrorStyle.BESIDE, f"![图]({NEW})"),  # no room beside an image
        (
            f"[报道]({ORIGINAL}) ([存档]({WAYBACK}))",
            MirrorStyle.BESIDE,
            f"[报道]({NEW}) ([存档]({WAYBACK}))",
        ),  # the copy stands there already
    ],
)
def test_a_new_address_is_cited_with_the_copy_if_the_style_allows(
    page: str, style: MirrorStyle, expected: str
) -> None:
    assert fixed_text(page, style=style, offers={ORIGINAL: NEW}) == expected


def test_only_broken_links_get_a_new_address() -> None:
    page = f"[报道]({ORIGINAL})"
    assert fixed_text(page, alive(), offers={ORIGINAL: NEW}) == page
    assert fixed_text(page, broken(state=State.SUSPECT), offers={ORIGINAL: NEW}) == page
    assert (
        fixed_text(
            page,
            broken(state=State.SUSPECT),
            offers={ORIGINAL: NEW},
            policy=FixPolicy(suspects=True),
        )
        == f"[报道]({NEW})"
    )


def test_a_cited_copy_is_kept_if_a_new_address_of_the_page_is_found() -> None:
    page = f'[报道]({WAYBACK} "{ORIGINAL}")'
    assert fixed_text(page, offers={ORIGINAL: NEW}) == page


@pytest.mark.parametrize(
    ("found", "cited", "expected"),
    [
        ("", "#arch", "#arch"),
        ("#deck", "#arch", "#arch"),
        ("#deck", "", ""),
        ("#!/deck", "", "#!/deck"),
        ("#/deck", "#arch", "#/deck"),
    ],
)
def test_copy_takes_the_fragment_of_the_citation(found: str, cited: str, expected: str) -> None:
    copy = mirror(DAY, id=1, url=f"{WAYBACK}{found}")
    assert f"[石桥]({WAYBACK}{expected} " in fixed_text(f"[石桥]({ORIGINAL}{cited})", broken(copy))
