"""Check the connection to the Wayback Machine, the clock and the API keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from crawler.archive_clients.memento import MementoClient
from crawler.archive_clients.save_page_now import SavePageNowClient
from crawler.archive_clients.transport import ApiKeys, ArchiveResponse, Transport
from crawler.archives import service_title
from crawler.archives.archive_hosts import archive_route
from crawler.archives.interface import ArchiveError
from crawler.config import LoadedConfig
from crawler.config.archives import MementoConfig
from crawler.config.memento_presets import PRESETS
from crawler.doctor.model import CheckResult, CheckStatus
from crawler.http.headers import parse_http_date
from crawler.jobs.clock import system_clock
from crawler.preservation.archive_session import captures_per_minute
from store.vocabulary import LookupOutcome

# A page of which every web archive has copies.
_KNOWN_PAGE = "http://example.com/"
_CHECK_TIMEOUT = 45.0  # seconds
_MAX_CLOCK_DIFFERENCE = timedelta(minutes=5)  # larger ones harm leases and due times


def check_archive(loaded: LoadedConfig) -> Iterator[CheckResult]:
    """Yield the results for the Wayback Machine, which receives at most three requests."""
    wayback = loaded.config.archives.wayback
    transport = _transport(loaded)
    try:
        response = transport.get(f"{wayback.endpoint}/robots.txt", timeout=wayback.timeout)
    except ArchiveError as error:
        yield CheckResult(
            CheckStatus.PROBLEM,
            f"cannot reach {wayback.endpoint}: {error}",
            "check the network, network.proxy (or archives.proxy) and network.ca_file",
        )
        return
    finally:
        transport.close()
    yield CheckResult(CheckStatus.OK, f"{wayback.endpoint} responds")
    yield from _check_clock(response, system_clock)
    if not wayback.key:
        captures = "no captures are requested"
        if loaded.config.archives.captures_enabled:
            rate = captures_per_minute(wayback)
            captures = f"captures are requested anonymously, {rate:g} a minute"
        yield CheckResult(CheckStatus.OK, f"no API keys: {captures}")
        return
    keys = ApiKeys(wayback.key.reveal(), wayback.secret.reveal())
    client = SavePageNowClient(
        _transport(loaded, keys), endpoint=wayback.endpoint, timeout=wayback.timeout
    )
    try:
        yield _check_keys(client)
    finally:
        client.close()


def check_memento_archives(loaded: LoadedConfig) -> Iterator[CheckResult]:
    """Yield whether each Memento archive responds; each receives one request.

    Presets that `archives.presets` does not enable are checked too, so that users can choose.
    """
    configured = loaded.config.archives.memento_archives
    presets = {name: MementoConfig(timemap=preset.timemap) for name, preset in PRESETS.items()}
    for name, memento in (presets | configured).items():
        hint = "" if name in configured else " (not used: add it to archives.presets)"
        client = MementoClient(
            _transport(loaded),
            name=name,
            timegate=memento.timegate,
            timemap=memento.timemap,
            timeout=min(memento.timeout, _CHECK_TIMEOUT),
        )
        try:
            result = client.nearest(_KNOWN_PAGE, system_clock())
        finally:
            client.close()
        title = service_title(name)
        if result.outcome is LookupOutcome.UNKNOWN:
            preset = PRESETS.get(name)
            note = ""
            if preset is not None and preset.note:
                note = f" (noted {preset.as_of:%Y-%m-%d}, {preset.source}: {preset.note})"
            yield CheckResult(
                CheckStatus.NOTE,
                f"{title} does not respond{hint}: {result.detail}",
                f"lookups there stay unknown and are repeated{note}",
            )
        else:
            yield CheckResult(CheckStatus.OK, f"{title} responds{hint}")


def _transport(loaded: LoadedConfig, keys: ApiKeys | None = None) -> Transport:
    """Return a client for requests to archives, through their proxy if one is set."""
    network, route = loaded.config.network, archive_route(loaded.config)
    return Transport(
        user_agent=network.user_agent,
        ca_file=network.ca_file,
        proxy=route.proxy,
        connect_to=route.connect_to,
        keys=keys,
    )


def _check_keys(client: SavePageNowClient) -> CheckResult:
    """Return whether the archive accepts the API keys, and how many captures are left today."""
    quota = client.quota()
    if quota.keys_rejected:
        return CheckResult(
            CheckStatus.PROBLEM,
            "the archive rejected the API keys",
            "check HOLDFAST_WAYBACK_KEY and HOLDFAST_WAYBACK_SECRET: "
            "https://archive.org/account/s3.php shows yours",
        )
    if quota.left_today is None:
        detail = quota.detail or "no reason given"
        return CheckResult(CheckStatus.NOTE, f"the archive did not report the quota: {detail}")
    return CheckResult(
        CheckStatus.OK, f"the API keys are valid; captures left today: {quota.left_today:,}"
    )


def _check_clock(response: ArchiveResponse, clock: Callable[[], datetime]) -> Iterator[CheckResult]:
    """Compare the system clock with the server's: due times and leases depend on it."""
    server_time = parse_http_date(response.headers.get("Date", ""))
    if server_time is None:
        return
    ahead = clock() - server_time
    if abs(ahead) > _MAX_CLOCK_DIFFERENCE:
        minutes = round(abs(ahead).total_seconds() / 60)
        direction = "ahead" if ahead > timedelta() else "behind"
        yield CheckResult(
            CheckStatus.PROBLEM,
            f"the system clock is {minutes} min {direction}",
            "set the clock, or let NTP set it",
        )
