"""Choose what is requested for a due link: the cited URL, or the raw memento of a mirror."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from crawler.archives import mirror_url
from crawler.archives.mirror_urls import outermost_original
from crawler.config.archives import WaybackConfig
from crawler.probing.target import ProbeTarget
from store.vocabulary import LIVING_STATES, LOCAL, Role
from store.work.frontier import DueLink

# Their mementos are probed without the archive's frame, so that they can be compared with the page.
RAW_MEMENTO_SERVICES: Final = ("wayback", LOCAL)

# Every fourth probe reads the page, because some servers answer 304 to everything.
_READ_EVERY: Final = 4


def probe_target(
    link: DueLink, wayback: WaybackConfig, *, only_get: bool = False, needs_body: bool = False
) -> ProbeTarget:
    """Return the target of a link's next probe.

    A Wayback mirror is requested as its raw memento (`id_`) at the configured endpoint. Its
    redirects are not followed, so that the probe shows the status at capture, and whether the
    archive redirects to a capture of another time. The first probe of a link, those of a failing
    link and every fourth read the whole response. The others are conditional, by the validators of
    the last whole response. If its only validator is its length, a HEAD is sent first.

    Args:
        link: The link.
        wayback: The settings of the Wayback Machine.
        only_get: Make every probe a GET request.
        needs_body: Make no request conditional, because the whole response is saved.
    """
    address = link.address
    if address and address.service == "wayback" and address.original and address.timestamp:
        return ProbeTarget(
            url=link.url, role=link.role, fetch_url=replay_url(link, wayback), follow=False
        )
    if address and address.service == LOCAL and address.timestamp:
        # pywb shows its frame with status 200 even if there is no capture.
        raw = link.url.replace(f"/{address.timestamp}/", f"/{address.timestamp}id_/", 1)
        return ProbeTarget(url=link.url, role=link.role, fetch_url=raw, follow=False)
    target = ProbeTarget(url=link.url, role=link.role, fragments=link.fragments)
    validators = link.validators
    if validators is None or not _may_use_validators(link):
        return target
    if not validators.can_be_conditional:
        if only_get:
            return target
        return replace(target, begin_with_get=False, validators=validators)
    return target if needs_body else replace(target, validators=validators)


def _may_use_validators(link: DueLink) -> bool:
    """Return whether the next probe need not read the page of a link if it has not changed.

    It must be read if the last reading did not look for all fragments that citations name.
    """
    is_living = link.state in LIVING_STATES
    if not is_living or link.role is not Role.LINK or link.probes % _READ_EVERY == 0:
        return False
    found_fragments = link.validators.fragments if link.validators else ()
    return set(link.fragments) <= set(found_fragments)


def replay_url(link: DueLink, wayback: WaybackConfig) -> str:
    """Return the URL of a Wayback mirror's raw memento; its own URL if it names no original."""
    address = link.address
    if address is None or not address.original:
        return link.url
    # `address.original` is the innermost original. If this is a capture of another mirror, the
    # archive has only the outermost one.
    return raw_memento_url(
        outermost_original(link.url) or address.original, address.timestamp, wayback
    )


def raw_memento_url(original: str, timestamp: str, wayback: WaybackConfig) -> str:
    """Return the URL at which the Wayback Machine replays a capture as it was made (`id_`)."""
    url = mirror_url("wayback", timestamp, original, modifier="id_")
    return url.replace("https://web.archive.org", wayback.endpoint.rstrip("/"), 1)
