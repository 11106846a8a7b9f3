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
    link: DueLink, wayback: WaybackConfig, *, get: bool = False, whole: bool = False
) -> ProbeTarget:
    """Return the target of a link's next probe.

    A Wayback mirror is requested as its raw memento (`id_`) at the configured endpoint, and its
    redirects are not followed: only so the status at capture and a drift to another time show.
    The first probe of a link, those of a failing link and every fourth read the whole response.
    The others are made conditional by the validators of the last one. A HEAD is sent only if all
    that is known of it is its length.

    Args:
        link: The link.
        wayback: The settings of the Wayback Machine.
        get: Make every probe a GET request.
        whole: Make no request conditional, because the whole response is saved.
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
    if not _is_known(link) or validators is None:
        return target
    if not validators.can_be_conditional:
        return target if get else replace(target, get=False, validators=validators)
    return target if whole else replace(target, validators=validators)


def _is_known(link: DueLink) -> bool:
    """Return whether the next probe need not read a link's page if it has not changed."""
    is_living = link.state in LIVING_STATES
    if not is_living or link.role is not Role.LINK or link.probes % _READ_EVERY == 0:
        return False
    looked_for = link.validators.fragments if link.validators else ()
    return set(link.fragments) <= set(looked_for)


def replay_url(link: DueLink, wayback: WaybackConfig) -> str:
    """Return the URL of a Wayback mirror's raw memento; its own URL if it names no original."""
    address = link.address
    if address is None or not address.original:
        return link.url
    # For a capture of another mirror, or one that was redirected, the innermost original counts.
    return raw_memento(outermost_original(link.url) or address.original, address.timestamp, wayback)


def raw_memento(original: str, timestamp: str, wayback: WaybackConfig) -> str:
    """Return the URL at which the Wayback Machine replays a capture as it was made (`id_`)."""
    url = mirror_url("wayback", timestamp, original, modifier="id_")
    return url.replace("https://web.archive.org", wayback.endpoint.rstrip("/"), 1)
