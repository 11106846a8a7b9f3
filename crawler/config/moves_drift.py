"""The parts of the configuration that are about pages read again: where broken ones went, and whether living ones still say what was cited."""

from __future__ import annotations

import msgspec

MAX_DAYS = 36_500  # a century: what is more cannot be counted from today


class MovesConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the new addresses of broken links are looked for, by `holdfast archive --find-moved`."""

    min_confidence: float = 0.8  # the confidence from which on `holdfast fix` offers a proposal; the report shows the others
    requests_per_host: int = 80  # requests to one site in one run
    retry_after_days: float = 45  # until the same link is searched for again

    def __post_init__(self) -> None:
        if not 0 < self.min_confidence <= 1:
            raise ValueError("offer_from is a confidence: more than 0, at most 1")
        if self.requests_per_host < 1 or self.retry_after_days <= 0:
            raise ValueError("requests_per_host must be at least 1, again_days more than 0")
        if self.retry_after_days > MAX_DAYS:
            raise ValueError(f"again_days is at most {MAX_DAYS:,} days")


class DriftConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How living pages are held against the mementos of what was cited."""

    per_run: int = (
        50  # living pages held against their mementos in one run, two requests each; 0: none
    )
    interval_days: float = 90  # until the same page is compared again
    changed_below: float = 0.5  # the share of the memento's main text that still stands there below which the page is warned of

    def __post_init__(self) -> None:
        if self.per_run < 0 or self.interval_days <= 0:
            raise ValueError("per_run must be at least 0, every_days more than 0")
        if self.interval_days > MAX_DAYS:
            raise ValueError(f"every_days is at most {MAX_DAYS:,} days")
        if not 0 <= self.changed_below <= 1:
            raise ValueError("strong_below is a share: 0 to 1")
