"""Test the judgement of an archive's response for a part: there, missing or unknown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.page_parts.responses import PartKind, PartState, judge_part
from store.vocabulary import Fault, ProbeRequest

CAPTURED = datetime(2021, 8, 5, tzinfo=UTC)
PART = "http://a.example/a.png"
ARCHIVE = "https://web.archive.org/web"
NEAR = {"memento-datetime": "Wed, 01 Sep 2021 00:00:00 GMT"}
FAR = {"memento-datetime": "Mon, 01 Sep 2025 00:00:00 GMT"}
HTML = {"content-type": "text/html"}


def response(
    status: int | None = None, headers: dict[str, str] | None = None, fault: Fault | None = None
) -> ProbeRequest:
    return ProbeRequest(
        method="HEAD",
        url=f"{ARCHIVE}/20210805000000im_/{PART}",
        at=CAPTURED,
        elapsed_ms=1,
        status=status,
        headers=headers or {},
        fault=fault,
    )


@pytest.mark.parametrize(
    ("request_", "state"),
    [
        (response(200, NEAR), PartState.THERE),
        (response(206, NEAR), PartState.THERE),
        (response(200, FAR), PartState.MISSING),
        (response(404, NEAR), PartState.MISSING),  # captured as an error
        (response(503, NEAR), PartState.MISSING),
        (response(404), PartState.MISSING),  # not captured
        (response(410), PartState.MISSING),
        (response(200, NEAR | HTML), PartState.DOUBTFUL),
        # login pages, refusals and faults
        (response(200), PartState.UNKNOWN),
        (response(200, HTML), PartState.UNKNOWN),
        (response(401), PartState.UNKNOWN),
        (response(403), PartState.UNKNOWN),
        (response(451), PartState.UNKNOWN),
        (response(429), PartState.ARCHIVE_UNAVAILABLE),
        (response(500), PartState.ARCHIVE_UNAVAILABLE),
        (response(503), PartState.ARCHIVE_UNAVAILABLE),
        (response(fault=Fault.TIMEOUT), PartState.ARCHIVE_UNAVAILABLE),
        (response(fault=Fault.REFUSED), PartState.ARCHIVE_UNAVAILABLE),
        # redirects
        (response(302, {"location": f"/web/20210901000000im_/{PART}"}), PartState.ELSEWHERE),
        (response(302, {"location": f"/web/20250901000000im_/{PART}"}), PartState.MISSING),
        (response(302, {"location": f"{ARCHIVE}/20210805000000im_/http://cdn.example/a.png"}), PartState.ELSEWHERE),
        (response(302, {"location": "https://login.example/web/20210805000000/http://a.example/"}), PartState.UNKNOWN),
        (response(302, {"location": "/account/login"}), PartState.UNKNOWN),
        (response(302), PartState.UNKNOWN),
    ],
)  # fmt: skip
def test_only_an_unambiguous_response_makes_a_part_missing(
    request_: ProbeRequest, state: PartState
) -> None:
    assert judge_part(request_, PartKind.IMAGE, CAPTURED).state is state


def test_a_frame_may_be_a_web_page() -> None:
    assert judge_part(response(200, NEAR | HTML), PartKind.FRAME, CAPTURED).state is PartState.THERE


def test_a_redirect_names_the_capture_to_request_next() -> None:
    location = f"/web/20210901000000im_/{PART}?v=2"
    found = judge_part(response(302, {"location": location}), PartKind.IMAGE, CAPTURED)
    assert (found.timestamp, found.original) == ("20210901000000", f"{PART}?v=2")
