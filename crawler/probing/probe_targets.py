"""What to ask for a due link: the cited URL itself, or a mirror's raw memento."""

from __future__ import annotations

from typing import Final

from crawler.archives import mirror_url
from crawler.archives.mirror_urls import outermost_original
from crawler.config.archives import WaybackConfig
from crawler.probing.target import ProbeTarget
from store.vocabulary import LOCAL, Role, State
from store.work.frontier import DueLink

# Their mementos are probed without the archive's frame: they compare with the page itself.
RAW_MEMENTO_SERVICES: Final = ("wayback", LOCAL)

_LOOK_EVERY = 4  # every so many probes of a living link is a GET, so that a soft 404 is noticed


def probe_target(link: DueLink, wayback: WaybackConfig, *, get: bool = False) -> ProbeTarget:
    """Say how to probe a link.

    A Wayback mirror is asked for its raw memento (`id_`) at the configured endpoint, without following: only so the status at capture and
    a drift to another time can be seen. The first probe, every failing link's, and every fourth is a GET; with `get` every one is.
    """
    if (
        link.address
        and link.address.service == "wayback"
        and link.address.original
        and link.address.timestamp
    ):
        return ProbeTarget(
            url=link.url, role=link.role, fetch_url=replay_url(link, wayback), follow=False
        )
    if link.address and link.address.service == LOCAL and link.address.timestamp:
        # pywb's frame around a capture is shown whether there is one or not
        raw = link.url.replace(f"/{link.address.timestamp}/", f"/{link.address.timestamp}id_/", 1)
        return ProbeTarget(url=link.url, role=link.role, fetch_url=raw, follow=False)
    settled = link.state in (State.ALIVE, State.MOVED)
    return ProbeTarget(
        url=link.url,
        role=link.role,
        get=get or link.role is Role.MIRROR or not settled or link.probes % _LOOK_EVERY == 0,
    )


def replay_url(link: DueLink, wayback: WaybackConfig) -> str:
    address = link.address
    if address is None or not address.original:
        return link.url
    # where a capture was redirected, or is one of another mirror, its own address is not the link's
    return raw_memento(outermost_original(link.url) or address.original, address.timestamp, wayback)


def raw_memento(original: str, timestamp: str, wayback: WaybackConfig) -> str:
    """Where the Wayback Machine shows a capture as it came, without its frame: at the configured endpoint."""
    url = mirror_url("wayback", timestamp, original, modifier="id_")
    return url.replace("https://web.archive.org", wayback.endpoint.rstrip("/"), 1)
