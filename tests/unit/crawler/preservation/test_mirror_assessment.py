"""Test the assessment of mirrors by their latest probe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.liveness import simhash
from crawler.preservation.copy_confirmation import contradicts
from crawler.preservation.mirror_assessment import (
    assess_mirror,
    is_conclusive,
    reported_address,
    shown_snapshot,
)
from store.vocabulary import MirrorQuality, OriginalSource, PageEvidence, Reason, Spelling, Verdict
from store.work.archives.mirror_reviews import MirrorReview

URL = "https://example.org/News?id=Ab"
MADE = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ARTICLE = (
    "The ferry to the far island goes twice a day in winter, and once more on market days, when the wind allows it. "
    * 4
)
OTHER = (
    "Our shop is closed for good; we thank all customers for thirty years of trust and wish them well in whatever they do. "
    * 4
)


def page(text: str) -> PageEvidence:
    return PageEvidence(text=text, simhash=simhash(text))


def review(
    verdict: Verdict = Verdict.ALIVE,
    reason: Reason = Reason.OK,
    *,
    after: timedelta = HOUR,
    **changes: Any,
) -> MirrorReview:
    facts: dict[str, Any] = {
        "mirror_id": 1,
        "link_id": 2,
        "url": f"https://web.archive.org/web/20260302030000/{URL}",
        "original": URL,
        "captured_at": MADE,
        "detail": "",
        "status_code": 200,
        "warnings": (),
        "checked_at": MADE + after,
        "captured_by_us": True,
        "capture_finished_at": MADE,
        "mirror_page": page(ARTICLE),
        "original_page": page(ARTICLE),
    }
    return MirrorReview(verdict=verdict, reason=reason, **{**facts, **changes})


def test_mirrors_that_replay_the_cited_page_are_faithful() -> None:
    assessment = assess_mirror(review())
    assert assessment is not None
    assert (
        assessment.quality,
        assessment.flaw,
        assessment.same_address,
        assessment.status_at_capture,
    ) == (
        MirrorQuality.FAITHFUL,
        "",
        True,
        200,
    )


@pytest.mark.parametrize(
    ("reason", "detail", "flaw"),
    [
        (
            Reason.SOFT_404,
            "the capture is a challenge page",
            "soft-404: the capture is a challenge page",
        ),
        (
            Reason.SOFT_404,
            "the capture is a login-wall page",
            "soft-404: the capture is a login-wall page",
        ),
        (Reason.NOT_FOUND, "captured with status 404", "not-found: captured with status 404"),
        (Reason.REDIRECTED_TO_HOME, "", "redirected-to-home"),
        (Reason.PARKED, "", "parked"),
    ],
)
def test_a_capture_of_an_error_page_is_unusable_at_once(
    reason: Reason, detail: str, flaw: str
) -> None:
    found = review(Verdict.BROKEN, reason, detail=detail)
    assessment = assess_mirror(found)
    assert is_conclusive(found)
    assert assessment is not None
    assert (assessment.quality, assessment.flaw) == (MirrorQuality.UNUSABLE, flaw)


def test_a_capture_with_another_text_than_the_page_is_unusable() -> None:
    assessment = assess_mirror(review(mirror_page=page(OTHER)))
    assert assessment is not None
    assert (assessment.quality, assessment.flaw) == (
        MirrorQuality.UNUSABLE,
        "it shows another text than the page itself",
    )


@pytest.mark.parametrize(
    ("shown", "source", "usable"),
    [
        ({"title": "Before you continue to the site"}, {"title": "Ferry timetable of the islands"}, False),
        ({"title": "Ferry timetable of the islands"}, {"title": "Ferry timetable of the islands"}, True),
        ({"title": "Ferry"}, {"title": "Home"}, True),  # too short to be compared
        ({"canonical": "https://example.org/embed"}, {"canonical": URL}, False),
        ({"canonical": f"https://web.archive.org/web/20260302030000/{URL}"}, {"canonical": URL}, True),
    ],
)  # fmt: skip
def test_short_texts_are_compared_by_title_and_canonical_address(
    shown: dict[str, Any], source: dict[str, Any], *, usable: bool
) -> None:
    found = review(mirror_page=PageEvidence(**shown), original_page=PageEvidence(**source))
    assessment = assess_mirror(found)
    assert assessment is not None
    assert (assessment.quality is MirrorQuality.FAITHFUL) is usable


@pytest.mark.parametrize(
    ("spelling", "changes", "usable"),
    [
        (Spelling.QUERY_ORDER, {"mirror_page": None}, True),
        (Spelling.CASE, {"mirror_page": page(ARTICLE)}, True),
        (Spelling.CASE, {"mirror_page": page(OTHER)}, False),
        (Spelling.CASE, {"mirror_page": None}, False),
        (Spelling.CASE, {"mirror_page": page(ARTICLE), "original_page": None}, False),
        (
            Spelling.CASE,
            {"mirror_page": page(ARTICLE), "original_page": None, "cited_as": ("The ferry to the far island",)},
            True,
        ),
        (
            Spelling.CASE,
            {"mirror_page": PageEvidence(title="One title of all pages"), "original_page": PageEvidence(title="One title of all pages")},
            False,
        ),
        (
            Spelling.HOST,
            {"mirror_page": PageEvidence(title="One title of all pages"), "original_page": PageEvidence(title="One title of all pages")},
            True,
        ),
        (Spelling.REDIRECT, {"mirror_page": page(ARTICLE)}, True),
        (Spelling.REDIRECT, {"mirror_page": page(OTHER)}, False),
        (Spelling.REDIRECT, {"mirror_page": page(OTHER), "original_page": None}, True),
        (Spelling.LONE_REDIRECT, {"mirror_page": page(OTHER), "original_page": None}, False),
    ],
)  # fmt: skip
def test_a_doubtful_spelling_needs_the_text_of_the_page(
    spelling: Spelling, changes: dict[str, Any], *, usable: bool
) -> None:
    found = review(captured_by_us=False, capture_finished_at=None, spelling=spelling, **changes)
    assessment = assess_mirror(found)
    assert assessment is not None
    assert (assessment.quality is MirrorQuality.FAITHFUL) is usable


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, None),
        (
            {"warnings": ("other-capture",), "detail": "20240101000000, 790 days earlier"},
            f"https://web.archive.org/web/20240101000000/{URL}",
        ),
        (
            {"reason": Reason.REDIRECTED_TEMPORARILY, "detail": "the capture is a redirect to https://new.example/a"},
            "https://web.archive.org/web/20260302030000/https://new.example/a",
        ),
        ({"reason": Reason.REDIRECTED_TEMPORARILY, "detail": "the capture is a redirect to javascript:x"}, None),
        ({"warnings": ("other-capture",), "detail": "no time"}, None),
    ],
)  # fmt: skip
def test_the_capture_that_a_mirror_shows_is_returned(
    changes: dict[str, Any], shown: str | None
) -> None:
    found = shown_snapshot(review(timestamp="20260302030000", **changes))
    assert (found.url if found else None) == shown


def test_the_body_of_a_captured_redirect_is_not_compared_with_the_page() -> None:
    found = review(reason=Reason.REDIRECTED_TEMPORARILY, mirror_page=page(OTHER))
    assessment = assess_mirror(found)
    assert assessment is not None
    assert assessment.quality is MirrorQuality.FAITHFUL


def test_only_own_captures_are_compared_with_the_present_page() -> None:
    assessment = assess_mirror(
        review(mirror_page=page(OTHER), captured_by_us=False, capture_finished_at=None)
    )
    assert assessment is not None
    assert assessment.quality is MirrorQuality.FAITHFUL


@pytest.mark.parametrize(
    ("replay", "source", "differs"),
    [
        (ARTICLE, ARTICLE, False),
        (ARTICLE.replace("twice", "thrice"), ARTICLE, False),
        (ARTICLE, OTHER, True),
        ("Short.", ARTICLE, False),
        ("", "", False),
    ],
)
def test_texts_differ_only_if_they_are_long_enough(replay: str, source: str, differs: bool) -> None:
    assert contradicts(page(replay), page(source)) is differs
    assert contradicts(page(replay), None) is False


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (Verdict.BLOCKED, Reason.RATE_LIMITED),
        (Verdict.UNSURE, Reason.INTERRUPTED),
        (Verdict.BROKEN, Reason.TIMEOUT),
    ],
)
def test_errors_of_the_archive_are_no_flaw_of_the_mirror(verdict: Verdict, reason: Reason) -> None:
    assert assess_mirror(review(verdict, reason)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": Verdict.BROKEN, "reason": Reason.NOT_FOUND, "detail": "not in the archive"},
        {"warnings": ("other-capture",), "detail": "20240101000000, 790 days earlier"},
    ],
    ids=["not in the index yet", "an older capture in its place"],
)
def test_new_captures_are_verified_again_a_day_later(changes: dict[str, Any]) -> None:
    assert not is_conclusive(review(after=HOUR, **changes))
    late = review(after=DAY, **changes)
    assessment = assess_mirror(late)
    assert is_conclusive(late)
    assert assessment is not None
    assert assessment.quality is MirrorQuality.UNUSABLE
    assert is_conclusive(
        review(after=HOUR, capture_finished_at=None, **changes)
    )  # mirrors that were found or cited are old enough


def test_the_offset_of_another_capture_is_stored() -> None:
    other_capture = review(
        warnings=("other-capture",),
        detail="20260301030000, 1 day earlier",
        captured_by_us=False,
        capture_finished_at=None,
    )
    assessment = assess_mirror(other_capture)
    assert assessment is not None
    assert (assessment.quality, assessment.capture_offset_seconds) == (
        MirrorQuality.OTHER_CAPTURE,
        -86_400,
    )


def test_a_requested_capture_may_be_shown_with_a_few_seconds_difference() -> None:
    assessment = assess_mirror(
        review(warnings=("other-capture",), detail="20260302030007, 7 seconds later")
    )
    assert assessment is not None
    assert (assessment.quality, assessment.capture_offset_seconds) == (MirrorQuality.FAITHFUL, None)


@pytest.mark.parametrize(
    ("shown", "is_same"),
    [(URL, True), (URL.lower(), False), ("https://example.org/other", False)],
)
def test_addresses_are_compared_letter_for_letter(shown: str, is_same: bool) -> None:
    assessment = assess_mirror(review(url=f"https://web.archive.org/web/20260302030000/{shown}"))
    assert assessment is not None
    assert assessment.same_address is is_same


def test_a_mirror_without_its_original_is_not_compared() -> None:
    assessment = assess_mirror(
        review(url="https://archive.ph/78efA", captured_by_us=False, capture_finished_at=None)
    )
    assert assessment is not None
    assert assessment.same_address is None


@pytest.mark.parametrize(
    ("url", "memento", "original"),
    [
        ("https://archive.ph/78efA", f"https://archive.ph/2021.03.01-120000/{URL}", URL),
        ("https://archive.ph/78efA", f"http://archive.today/20210301120000/{URL}", URL),
        ("https://archive.ph/78efA", "", None),
        (
            "https://archive.ph/78efA",
            "https://archive.ph/78efA",
            None,
        ),  # the short URL itself
        ("https://archive.ph/78efA", URL, None),
        (
            "https://archive.ph/78efA",
            f"https://web.archive.org/web/20210301120000/{URL}",
            None,
        ),  # a URL at another service
        (
            "https://perma.cc/ABCD-1234",
            f"https://perma-archives.org/warc/20210301120000/{URL}",
            URL,
        ),
        ("https://perma.cc/ABCD-1234", URL, URL),  # without the time
        (
            "https://perma.cc/ABCD-1234",
            f"https://archive.ph/20210301120000/{URL}",
            URL,
        ),  # a copy of a copy
        (
            "https://perma.cc/ABCD-1234",
            "https://archive.ph/78efA",
            None,
        ),  # a copy of a copy whose original is unknown
        ("https://ghostarchive.org/archive/aB3dE", URL, URL),
        ("https://ghostarchive.org/archive/aB3dE", "javascript:alert(1)", None),
        ("https://ghostarchive.org/archive/aB3dE", "http://", None),
        ("https://gyo.tc/abcd", URL, None),
    ],
)
def test_a_short_mirror_url_is_resolved_by_its_own_page(
    url: str, memento: str, original: str | None
) -> None:
    found = reported_address(
        review(
            url=url,
            original=None,
            captured_by_us=False,
            capture_finished_at=None,
            mirror_page=PageEvidence(memento=memento),
        )
    )
    assert (found.original if found else None) == original
    assert (
        reported_address(
            review(url=url, captured_by_us=False, mirror_page=PageEvidence(memento=memento))
        )
        is None
    )  # known already


OTHER_URL = "http://b.example/news/9"


@pytest.mark.parametrize(
    ("changes", "is_believed"),
    [
        ({"original_source": OriginalSource.NEIGHBOUR}, True),
        ({"original_source": OriginalSource.TITLE}, False),
        ({"original_source": OriginalSource.NEIGHBOUR, "original_final_url": OTHER_URL}, False),
        (
            {
                "original_source": OriginalSource.NEIGHBOUR,
                "cited_as": ("Harbour lights burn all night",),
                "mirror_page": PageEvidence(
                    memento=f"https://archive.ph/20210301120000/{OTHER_URL}",
                    title="Harbour lights burn all night - Paper",
                ),
            },
            False,
        ),
    ],
    ids=["neighbour", "title", "the neighbour redirects there", "the text is the neighbour's"],
)
def test_what_the_archive_says_is_believed_rather_than_the_link_next_to_a_mirror(
    changes: dict[str, Any], is_believed: bool
) -> None:
    about = {
        "url": "https://archive.ph/78efA",
        "captured_by_us": False,
        "mirror_page": PageEvidence(memento=f"https://archive.ph/20210301120000/{OTHER_URL}"),
        **changes,
    }
    found = reported_address(review(**about))
    assert (found.original if found else None) == (OTHER_URL if is_believed else None)


@pytest.mark.parametrize("captured_by_us", [True, False])
def test_a_replay_that_redirects_out_of_the_archive_is_unusable(captured_by_us: bool) -> None:
    detail = f"the archive shows no copy, it leads to {URL}"
    outside = review(
        reason=Reason.REDIRECTED_TEMPORARILY, detail=detail, captured_by_us=captured_by_us
    )
    assessment = assess_mirror(outside)
    assert assessment is not None
    assert (assessment.quality, assessment.flaw) == (MirrorQuality.UNUSABLE, detail)
