"""Define the settings of `[moves]` and `[drift]`, which request and compare whole pages."""

from __future__ import annotations

import msgspec

from crawler.config.value_checks import MAX_DAYS


class MovesConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of `[moves]`: the search for new addresses of broken links."""

    # Minimum confidence (0 to 1) for `holdfast fix` to offer a new address; reports also show
    # those below it
    min_confidence: float = 0.8
    # Maximum number of requests to one site in one run
    requests_per_host: int = 80
    # Days until the search for the same link is repeated
    retry_after_days: float = 45

    def __post_init__(self) -> None:
        if not 0 < self.min_confidence <= 1:
            raise ValueError("min_confidence must be more than 0 and at most 1")
        if self.requests_per_host < 1 or self.retry_after_days <= 0:
            raise ValueError("requests_per_host must be at least 1, retry_after_days more than 0")
        if self.retry_after_days > MAX_DAYS:
            raise ValueError(f"retry_after_days must be at most {MAX_DAYS:,} days")


class DriftConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of `[drift]`: the comparison of living pages with their mementos."""

    # Maximum number of pages compared in one run, with two requests each; 0 disables it
    per_run: int = 50
    # Days until the same page is compared again
    interval_days: float = 90
    # Report a page as changed if less than this share (0 to 1) of the memento's main text is left
    changed_below: float = 0.5

    def __post_init__(self) -> None:
        if self.per_run < 0 or self.interval_days <= 0:
            raise ValueError("per_run must be at least 0, interval_days more than 0")
        if self.interval_days > MAX_DAYS:
            raise ValueError(f"interval_days must be at most {MAX_DAYS:,} days")
        if not 0 <= self.changed_below <= 1:
            raise ValueError("changed_below must be between 0 and 1")
