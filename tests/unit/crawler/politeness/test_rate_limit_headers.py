"""Test which rate-limit headers name the time until a quota is reset."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from crawler.politeness.rate_limit_headers import rate_limit_reset
from tests.unit.crawler.stopped_clock import NOON


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "2"}, 2),
        ({"ratelimit-remaining": "1", "ratelimit-reset": "2"}, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "7.5"}, 7.5),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": "7"}, 7),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOON.timestamp()) + 90)}, 90),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOON.timestamp()) - 90)}, 0),
        (
            {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": str(int(NOON.timestamp() * 1000) + 90_000),
            },
            90,
        ),
        *(
            ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": date}, 60)
            for date in (
                (NOON + timedelta(minutes=1)).isoformat(),
                (NOON + timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M:%S"),
                format_datetime(NOON + timedelta(minutes=1), usegmt=True),
            )
        ),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": NOON.strftime("%Y-%m-%d")}, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "2.5"}, 2.5),
        *(
            ({"ratelimit-remaining": "0", "ratelimit-reset": odd}, 0)
            for odd in ("", "soon", "-5", "nan", "inf", "9" * 400, "１")
        ),
        ({"ratelimit-reset": "7"}, 0),
        ({"ratelimit": "limit=100, remaining=0, reset=50"}, 50),
        ({"ratelimit": "limit=100, remaining=10, reset=50"}, 0),
        ({"ratelimit": '"default";r=0;t=7'}, 7),
        ({"ratelimit": '"default";r=10;t=7'}, 0),
        ({"ratelimit": '"a";r=0;t=7, "b"; r=0; t=90, "c";r=5;t=9999'}, 90),
        ({"ratelimit": '"default";r=0;t=999999999'}, 86_400),
        ({"ratelimit": "r=0"}, 0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "999999999"}, 86_400),
    ],
)
def test_seconds_until_a_used_up_quota_is_reset(headers: dict[str, str], seconds: float) -> None:
    assert rate_limit_reset(headers, NOON) == seconds
