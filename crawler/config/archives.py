"""Define the settings for web archives: services, rates, keys, and the local archive."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from crawler.config.memento_presets import PRESETS, selected_presets
from crawler.config.proxy_address import check_proxy
from crawler.config.secret import Secret

# crawler.archives.interface.Trust, which this package may not import
TrustName = Literal["institution", "operator", "doubted", "ended"]

_MIN_PER_MINUTE = 0.001  # one request in 17 hours
_DURATION = re.compile(r"\d+|\d+[dhms](?: \d+[dhms])*")  # the syntax of Save Page Now
_BASE_URL = re.compile(r"https?://[^/\s?#]+[^\s?#]*")
_ADDRESS = re.compile(r"https?://[^/\s?#]+[^\s#]*")  # a URL is appended to it, or a query
_KEYS_PAGE = "https://archive.org/account/s3.php"
_BUILT_IN = ("wayback", "local")  # the names of archives that have settings of their own


class SaveOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of `[archives.wayback.save]`: capture options of Save Page Now.

    They are used only with keys. The names are the service's own, `outlinks` and `screenshot`
    without its prefix `capture_`.
    """

    # Also capture pages that respond with an error status
    capture_all: bool = False
    # Also capture the pages that the page links to, at most 100
    outlinks: bool = False
    # Also save a screenshot of the page
    screenshot: bool = False
    # Skip the capture if the archive has one younger than this, e.g. "3d 5h 20m", or a number of
    # seconds; the service's default is one hour
    if_not_archived_within: str = ""
    # Seconds for the page's scripts, 0 to 30; the service's default is 5
    js_behavior_timeout: int | None = None
    # Make the capture available after about 12 hours, which saves the service work
    delay_wb_availability: bool = False

    def __post_init__(self) -> None:
        if self.js_behavior_timeout is not None and not 0 <= self.js_behavior_timeout <= 30:
            raise ValueError("js_behavior_timeout must be 0 to 30 seconds")
        if self.if_not_archived_within and not _DURATION.fullmatch(self.if_not_archived_within):
            raise ValueError(
                'invalid if_not_archived_within: use e.g. "3d 5h 20m", or a number of seconds'
            )


class WaybackConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of `[archives.wayback]`: the Wayback Machine's addresses and our rates."""

    # Base address of the CDX index, of replay and of Save Page Now
    endpoint: str = "https://web.archive.org"
    # Address of the availability API, requested for the nearest snapshot if the index fails
    availability_endpoint: str = "https://archive.org/wayback/available"
    # Maximum number of lookups of snapshots per minute
    lookups_per_minute: float = 24
    # Maximum number of probes of mirrors per minute
    replays_per_minute: float = 300
    # Maximum number of capture requests per minute; at most 7 with keys and 3 without are used
    captures_per_minute: float = 7
    # Maximum number of capture requests per day (UTC); the service's own limit also applies
    captures_per_day: int = 500
    # Seconds until a lookup is abandoned
    timeout: float = 30.0
    # Seconds until a capture request without keys is abandoned; the service is slow
    capture_timeout: float = 120.0
    # Access key from https://archive.org/account/s3.php; prefer HOLDFAST_WAYBACK_KEY
    key: Secret = Secret()
    # Secret key from the same page; prefer HOLDFAST_WAYBACK_SECRET
    secret: Secret = Secret()
    # Seconds until the status of a pending capture is first requested; grows up to fivefold
    poll_wait: float = 6.0
    save: SaveOptions = SaveOptions()

    def __post_init__(self) -> None:
        if not _BASE_URL.fullmatch(self.endpoint):
            raise ValueError("endpoint must be an http or https address without a query")
        if not _ADDRESS.fullmatch(self.availability_endpoint):
            raise ValueError("availability_endpoint must be an http or https address")
        rates = (self.lookups_per_minute, self.replays_per_minute, self.captures_per_minute)
        if min(*rates, self.timeout, self.capture_timeout) <= 0:
            raise ValueError("rates and timeouts must be more than 0")
        if min(rates) < _MIN_PER_MINUTE:
            raise ValueError(f"rates must be at least {_MIN_PER_MINUTE} per minute")
        if self.captures_per_day < 0 or self.poll_wait <= 0:
            raise ValueError("captures_per_day must be at least 0, poll_wait more than 0")
        if bool(self.key) != bool(self.secret):
            missing = "secret" if self.key else "key"
            raise ValueError(f"{missing} is missing: set both key and secret ({_KEYS_PAGE})")


class MementoConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of `[archives.memento.NAME]`: another archive with Memento (RFC 7089)."""

    # Address of the TimeGate; the URL looked up is appended to it
    timegate: str = ""
    # Address of the TimeMap in link format; the URL looked up is appended to it
    timemap: str = ""
    # Maximum number of lookups of snapshots per minute
    lookups_per_minute: float = 12
    # Seconds until a lookup is abandoned
    timeout: float = 60.0

    def __post_init__(self) -> None:
        if not self.timegate and not self.timemap:
            raise ValueError("no address: set timegate or timemap")
        for name in ("timegate", "timemap"):
            address = getattr(self, name)
            if address and not _ADDRESS.fullmatch(address):
                raise ValueError(
                    f"{name} must be an http or https address, such as "
                    "https://archive.example/timemap/link/"
                )
        if self.lookups_per_minute <= 0 or self.timeout <= 0:
            raise ValueError("lookups_per_minute and timeout must be more than 0")
        if self.lookups_per_minute < _MIN_PER_MINUTE:
            raise ValueError(f"lookups_per_minute must be at least {_MIN_PER_MINUTE}")


class LocalConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of `[archives.local]`: the archive on your own disk, and its limits."""

    # Folder of the local archive, relative to the folder of the configuration file
    folder: str = ".holdfast/archive"
    # Base address of a pywb that replays the local archive, e.g.
    # "https://wiki.example/archive/holdfast"; unset: no page is linked to the local archive
    base_url: str = ""
    # Maximum number of page requisites (images, style sheets, fonts) saved with a page
    resources: int = 100
    # Maximum size of one response in megabytes, the page's own included; larger ones are not saved
    resource_megabytes: float = 10
    # Maximum size in megabytes of a page with its requisites
    page_megabytes: float = 50
    # Seconds after which no further requisites of a page are requested
    page_seconds: float = 120
    # Size in megabytes after which a new WARC file is started
    file_megabytes: float = 1000
    # Save the responses to probes of links that need a local copy; unset: if the folder contains
    # an archive
    from_probes: bool | None = None

    def __post_init__(self) -> None:
        if self.base_url and not _BASE_URL.fullmatch(self.base_url):
            raise ValueError(
                "base_url must be an http or https address without a query, "
                "below which pywb serves /TIMESTAMP/URL"
            )
        sizes = (self.resource_megabytes, self.page_megabytes, self.file_megabytes)
        if self.resources < 0 or min(*sizes, self.page_seconds) <= 0:
            raise ValueError("resources must be at least 0, the sizes and page_seconds more than 0")

    @property
    def max_response_bytes(self) -> int:
        """Return the maximum size of one response's body in bytes."""
        return round(self.resource_megabytes * 1_000_000)


class ArchivesConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of `[archives]`: which archives are used, and for what."""

    # Request public captures of living pages; unset: only if keys are set
    capture: bool | None = None
    # URL of a proxy for requests to archives alone, their copies included; unset: network.proxy
    proxy: str = ""
    # Further archives for lookups, by name: "arquivo.pt", "vefsafn", "loc.gov", "archive-it",
    # "stanford", "ukgwa", "uk-parliament", "perma.cc", "ukwa", "archive.today"; "all": those that
    # are dependable
    presets: tuple[str, ...] = ()
    # How far an archive is trusted, by its name: "institution", "operator", "doubted" or "ended",
    # e.g. {"archive.today" = "operator"}; unset: as in docs/reference/services.md
    trust: dict[str, TrustName] = {}
    # Maximum number of archive copies in one run whose images, style sheets and frames are looked
    # for in the archive, with some 15 requests each at the rate of replays; 0 disables it
    part_checks_per_run: int = 25
    wayback: WaybackConfig = WaybackConfig()
    memento: dict[str, MementoConfig] = {}
    local: LocalConfig = LocalConfig()

    def __post_init__(self) -> None:
        if self.proxy:
            check_proxy(self.proxy)
        selected_presets(self.presets)
        for name in _BUILT_IN:
            if name in self.memento:
                raise ValueError(
                    f"memento.{name}: the name is taken by [archives.{name}]: use another one"
                )
        if self.part_checks_per_run < 0:
            raise ValueError("part_checks_per_run must be at least 0")

    @property
    def memento_archives(self) -> dict[str, MementoConfig]:
        """Return the archives with Memento that are used, by name: presets and configured ones."""
        presets = {
            name: MementoConfig(
                timemap=PRESETS[name].timemap,
                lookups_per_minute=PRESETS[name].lookups_per_minute,
            )
            for name in selected_presets(self.presets)
        }
        return presets | self.memento

    @property
    def captures_enabled(self) -> bool:
        """Return whether captures are requested from archives."""
        if self.capture is None:
            return bool(self.wayback.key)
        return self.capture
