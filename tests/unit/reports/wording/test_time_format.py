"""Test times in the reader's zone, with those at the ends of the calendar."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reports.i18n import Lang, translator_for
from reports.wording.time_format import TimeFormatter, format_time
from tests.time_zones import time_zone


@pytest.mark.parametrize("hours", [-12, 14])
@pytest.mark.parametrize(
    "moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
def test_a_time_at_the_end_of_the_calendar_is_shown(moment: datetime, hours: int) -> None:
    moments = TimeFormatter(translator_for(Lang.EN))
    with time_zone(f"<{hours:+03}>{-hours}"):
        assert moments.day(moment)
        assert moments(moment)
        assert format_time(moment)
