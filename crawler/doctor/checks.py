"""A check-up: is everything a job needs in order? Each check says what it found, and what to do where that is not well."""

from __future__ import annotations

import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import make_url

from crawler.archive_clients.save_page_now import SavePageNowClient
from crawler.archive_clients.transport import ApiKeys, ArchiveResponse, Transport
from crawler.archives.interface import ArchiveError
from crawler.config import LoadedConfig
from crawler.http import parse_http_date
from crawler.jobs.clock import system_clock
from crawler.notifications import channels
from crawler.scan.discovery import PageSource, PageSourceError, page_sources, published_sites
from store.errors import StoreError
from store.queries.status import store_status
from store.schema.engine import open_without_migrating
from store.schema.upgrade import HEAD, read_revision
from store.vocabulary import PageWarning
from store.work.lease_owners import short_owner_name
from store.work.runs import last_runs

_ROOM = 500_000_000  # bytes; a history of 100,000 links takes about so much a year
_LATE = timedelta(days=2)  # a job for every night that did not run for so long has been forgotten
_CLOCK = timedelta(minutes=5)  # leases and due times bear less than this


class CheckStatus(StrEnum):
    """How a check came out."""

    GOOD = "ok"
    NOTE = "note"  # works, but could be better
    WRONG = "wrong"  # a job would fail, or not do what is wanted


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found, in words for a person; `mend` says what to do."""

    status: CheckStatus
    message: str
    fix: str = ""


def run_checks(loaded: LoadedConfig, *, network: bool = True) -> Iterator[Check]:
    """Check everything, one finding after the other. With `network` the archive is asked three times at most, and nothing is captured."""
    yield _software()
    yield _configuration(loaded)
    yield _contact(loaded)
    for wiki in loaded.wikis():
        yield from _pages(wiki, f"{wiki.config.wiki}: " if loaded.config.wikis else "")
    yield from _database(loaded)
    yield from _notices(loaded)
    if network:
        yield from _archive(loaded)
    else:
        yield Check(CheckStatus.NOTE, "the network was not looked at")


def _software() -> Check:
    fleet = "with" if find_spec("psycopg") else "without"
    return Check(
        CheckStatus.GOOD,
        f"Holdfast {version('holdfast')}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {fleet} PostgreSQL",
    )


def _configuration(loaded: LoadedConfig) -> Check:
    if loaded.file is None:
        return Check(
            CheckStatus.NOTE, "no configuration: the defaults hold", "holdfast init writes one"
        )
    return Check(CheckStatus.GOOD, f"configuration {loaded.file}")


def _contact(loaded: LoadedConfig) -> Check:
    agent = loaded.config.network.user_agent
    if loaded.config.network.contact:
        return Check(CheckStatus.GOOD, f"servers see {agent}")
    return Check(
        CheckStatus.NOTE,
        f"servers see {agent}: nobody to write to",
        "set network.contact to an address or a URL of yours",
    )


def _pages(wiki: LoadedConfig, name: str) -> Iterator[Check]:
    try:
        found = list(page_sources(wiki, ()))
    except PageSourceError as error:
        yield Check(CheckStatus.WRONG, str(error), "mend pages in the configuration")
        return
    for warning in (each for each in found if isinstance(each, PageWarning)):
        yield Check(CheckStatus.NOTE, f"{warning.page}: {warning.message}")
    pages = sum(isinstance(each, PageSource) for each in found)
    published = published_sites(wiki, ())
    if pages or published:
        yield Check(
            CheckStatus.GOOD, f"{name}pages: {pages:,}" + "".join(f", {site}" for site in published)
        )
    else:
        yield Check(
            CheckStatus.WRONG,
            f"{name}no pages",
            "set pages in the configuration to the folder they lie in",
        )


def _notices(loaded: LoadedConfig) -> Iterator[Check]:
    """Who is told of what breaks. Nothing is sent: that would be a notice without news."""
    for channel in channels(loaded.config):
        yield Check(CheckStatus.GOOD, f"what breaks is told to {channel.name}")


def _database(loaded: LoadedConfig) -> Iterator[Check]:
    try:
        url = make_url(loaded.database_url)
        file = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
        if file and not file.exists():
            yield Check(CheckStatus.GOOD, f"database {file}: not there yet, the first run makes it")
        else:
            yield from _history(loaded)
        if file:
            yield from _room(file)
    except StoreError as error:
        yield Check(CheckStatus.WRONG, str(error))


def _history(loaded: LoadedConfig) -> Iterator[Check]:
    """What the database says. Nothing in it is changed, an older schema neither."""
    now = system_clock()
    database = open_without_migrating(loaded.database_url)
    try:
        with database.read() as connection:
            revision = read_revision(connection)
            if revision != HEAD:
                yield Check(
                    CheckStatus.NOTE,
                    f"database {database.url}: schema {revision}, not {HEAD}",
                    "holdfast db upgrade, or any run",
                )
                return
            runs = last_runs(connection, limit=1)
            state = store_status(connection, now=now)
    finally:
        database.close()
    yield Check(
        CheckStatus.GOOD,
        f"database {database.url}; links and mirrors due: {sum(state.due.values()):,}",
    )
    for held in state.leased[:1]:
        yield Check(
            CheckStatus.GOOD,
            f"hosts being asked just now: {len(state.leased)}, by {short_owner_name(held.owner)}",
        )
    if runs and now - runs[0].started_at > _LATE:
        yield Check(
            CheckStatus.NOTE,
            f"the last run was on {runs[0].started_at:%Y-%m-%d}",
            "schedule one: docs/schedules.md has examples",
        )
    elif runs and runs[0].finished_at and runs[0].outcome:
        yield Check(CheckStatus.GOOD, f"the last run ended {runs[0].outcome}")


def _room(file: Path) -> Iterator[Check]:
    folder = next(parent for parent in file.absolute().parents if parent.exists())
    free = shutil.disk_usage(folder).free
    if free < _ROOM:
        yield Check(
            CheckStatus.NOTE,
            f"{free / 1e6:,.0f} MB are free on the disk of {file}",
            "free some: a full disk ends a run",
        )


def _archive(loaded: LoadedConfig) -> Iterator[Check]:
    wayback, network = loaded.config.archives.wayback, loaded.config.network
    keys = ApiKeys(wayback.key.reveal(), wayback.secret.reveal()) if wayback.key else None

    def transport(keys: ApiKeys | None = None) -> Transport:
        return Transport(
            user_agent=network.user_agent, ca_file=network.ca_file, proxy=network.proxy, keys=keys
        )

    asking = transport()
    try:
        answer = asking.get(f"{wayback.endpoint}/robots.txt", timeout=wayback.timeout)
    except ArchiveError as error:
        yield Check(
            CheckStatus.WRONG,
            f"{wayback.endpoint} cannot be reached: {error}",
            "look at the network, network.proxy and network.ca_file",
        )
        return
    finally:
        asking.close()
    yield Check(CheckStatus.GOOD, f"{wayback.endpoint} answers")
    yield from _clock(answer, system_clock)
    if keys is None:
        wanted = (
            "asked for anonymously, 3 a minute"
            if loaded.config.archives.captures_enabled
            else "not asked for"
        )
        yield Check(CheckStatus.GOOD, f"captures are {wanted}: there are no keys")
        return
    service = SavePageNowClient(transport(keys), endpoint=wayback.endpoint, timeout=wayback.timeout)
    try:
        yield _keys(service)
    finally:
        service.close()


def _keys(service: SavePageNowClient) -> Check:
    allowance = service.quota()
    if allowance.keys_rejected:
        return Check(
            CheckStatus.WRONG,
            "the archive does not know the keys",
            "look at them on https://archive.org/account/s3.php",
        )
    if allowance.left_today is None:
        return Check(
            CheckStatus.NOTE,
            f"the archive does not say what the keys allow: {allowance.detail or 'no reason given'}",
        )
    return Check(
        CheckStatus.GOOD, f"the keys are known; captures left today: {allowance.left_today:,}"
    )


def _clock(answer: ArchiveResponse, clock: Callable[[], datetime]) -> Iterator[Check]:
    """Compare our clock with a server's: due times and leases go by it."""
    theirs = parse_http_date(answer.headers.get("Date", ""))
    if theirs is None:
        return
    ahead = clock() - theirs
    if abs(ahead) > _CLOCK:
        minutes = round(abs(ahead).total_seconds() / 60)
        yield Check(
            CheckStatus.WRONG,
            f"this machine's clock is {minutes} min {'ahead' if ahead > timedelta() else 'behind'}",
            "set it: NTP does it by itself",
        )
