"""The part of the configuration that is about archives, and what must not be shown of it."""

from __future__ import annotations

import re

import msgspec

_SLOWEST = 0.001  # requests a minute: one in 17 hours


class Secret:
    """A text that is never shown: not in a log, a report, an exception, not by `repr`. `reveal` is for the request it is made for."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(***)" if self._text else "Secret()"

    def reveal(self) -> str:
        return self._text


class SaveOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How Save Page Now is to capture; only with keys. The words are the service's own, but for `capture_` before two of them."""

    capture_all: bool = False  # what answers with an error, too
    outlinks: bool = False  # what the page links to, at most 100
    screenshot: bool = False  # keep a picture of the page too
    if_not_archived_within: str = ""  # "3d 5h 20m" or seconds; the service's default is an hour
    js_behavior_timeout: int | None = (
        None  # seconds for scripts, 0 to 30; the service's default is 5
    )
    delay_wb_availability: bool = False  # show it after some 12 hours, which spares the service

    def __post_init__(self) -> None:
        if self.js_behavior_timeout is not None and not 0 <= self.js_behavior_timeout <= 30:
            raise ValueError("js_behavior_timeout is 0 to 30 seconds")
        if self.if_not_archived_within and not re.fullmatch(
            r"\d+|\d+[dhms](?: \d+[dhms])*", self.if_not_archived_within
        ):
            raise ValueError('if_not_archived_within is written like "3d 5h 20m", or in seconds')


class WaybackConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The Wayback Machine's addresses and our rates."""

    endpoint: str = "https://web.archive.org"  # CDX, replay and save lie below it
    availability_endpoint: str = "https://archive.org/wayback/available"  # the Internet Archive's answer to which snapshot is nearest
    lookups_per_minute: float = 24  # questions for mirrors
    replays_per_minute: float = 300  # probes of mirrors
    captures_per_minute: float = 7  # with keys; never more than 3 without
    captures_per_day: int = 500  # never more than the service allows
    timeout: float = 30.0  # seconds for a look-up
    capture_timeout: float = 120.0  # seconds for a capture: the service takes its time
    key: Secret = (
        Secret()
    )  # of https://archive.org/account/s3.php; better given as HOLDFAST_WAYBACK_KEY
    secret: Secret = Secret()  # better given as HOLDFAST_WAYBACK_SECRET
    poll_wait: float = 6.0  # seconds until a capture under way is first asked after; grows fivefold
    save: SaveOptions = SaveOptions()

    def __post_init__(self) -> None:
        if (
            min(
                self.lookups_per_minute,
                self.replays_per_minute,
                self.captures_per_minute,
                self.timeout,
                self.capture_timeout,
            )
            <= 0
        ):
            raise ValueError("rates and timeouts must be more than 0")
        if (
            min(self.lookups_per_minute, self.replays_per_minute, self.captures_per_minute)
            < _SLOWEST
        ):
            raise ValueError(f"rates must be at least {_SLOWEST} a minute")
        if self.captures_per_day < 0 or self.poll_wait <= 0:
            raise ValueError("captures_per_day must be at least 0, poll_wait more than 0")
        if bool(self.key) != bool(self.secret):
            raise ValueError(
                f"{'secret' if self.key else 'key'} is missing: the two go together (https://archive.org/account/s3.php)"
            )


class MementoConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another archive that speaks Memento (RFC 7089). The URL asked about is put behind either address."""

    timegate: str = ""  # an address the URL asked about is put behind (RFC 7089)
    timemap: str = ""  # in link format
    lookups_per_minute: float = 12  # questions for mirrors
    timeout: float = 60.0  # seconds: some are slow

    def __post_init__(self) -> None:
        if not self.timegate and not self.timemap:
            raise ValueError("a timegate or a timemap is needed")
        if self.lookups_per_minute <= 0 or self.timeout <= 0:
            raise ValueError("lookups_per_minute and timeout must be more than 0")
        if self.lookups_per_minute < _SLOWEST:
            raise ValueError(f"lookups_per_minute must be at least {_SLOWEST}")


class LocalConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The archive kept on a disk of one's own, and how much of a page goes into it."""

    folder: str = ".holdfast/archive"  # from the configuration's folder
    base_url: str = ""  # where pywb shows it, "https://wiki.example/archive/holdfast"; without it no page is led there
    resources: int = 100  # images, style sheets and fonts of a page
    resource_megabytes: float = 10  # of one answer, the page's own too; what is larger is not kept
    page_megabytes: float = 50  # of a page with all that belongs to it
    page_seconds: float = 120  # until no more of what belongs to it is asked for
    file_megabytes: float = 1000  # of a WARC file, until the next one is begun
    from_probes: bool | None = (
        None  # keep what probes bring anyway, where a copy is wanted; unset: once the folder holds an archive
    )

    def __post_init__(self) -> None:
        if self.base_url and not re.fullmatch(r"https?://[^/\s?#]+[^\s?#]*", self.base_url):
            raise ValueError(
                "base_url is an http address without a query, below which pywb shows /TIMESTAMP/URL"
            )
        if (
            self.resources < 0
            or min(
                self.resource_megabytes, self.page_megabytes, self.page_seconds, self.file_megabytes
            )
            <= 0
        ):
            raise ValueError("resources is at least 0; the sizes and page_seconds are more than 0")

    @property
    def max_bytes(self) -> int:
        """How large the body of one answer may be."""
        return round(self.resource_megabytes * 1_000_000)


class ArchivesConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether and how archives are asked."""

    capture: bool | None = None  # ask archives to publish copies; unset: only with keys
    wayback: WaybackConfig = WaybackConfig()
    memento: dict[str, MementoConfig] = {}
    local: LocalConfig = LocalConfig()

    @property
    def captures_enabled(self) -> bool:
        """Whether archives are to be asked for copies."""
        return bool(self.wayback.key) if self.capture is None else self.capture
