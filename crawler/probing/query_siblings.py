"""Keep the probes of random query values of a site, and choose which more to request.

A script is a path with its parameter names, such as `/a.php?id`. Its newest probe with a random
value is the sibling, and older ones are controls.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import Final

from crawler.liveness import (
    MAX_CONTROLS,
    MAX_VARYING_CONTROLS,
    SiteKnowledge,
    needs_query_control,
    needs_query_sibling,
    query_sibling_url,
    script_of,
)
from crawler.probing.target import ProbeTarget
from store.vocabulary import Probe, Role

_MAX_SCRIPTS: Final = 4  # of a host and run, for which a sibling is requested


class QuerySiblings:
    """The probes of random queries of a site, by script, from earlier runs and from this one."""

    def __init__(self) -> None:
        self._probes: defaultdict[str, list[Probe]] = defaultdict(list)
        self._requested: Counter[str] = Counter()

    def accept(self, probe: Probe) -> None:
        """Add the probe of a random query, newer than those added before."""
        script = script_of(probe.url)
        self._probes[script] = [probe, *self._probes[script]][: MAX_VARYING_CONTROLS + 1]

    def for_url(self, url: str) -> tuple[Probe | None, tuple[Probe, ...]]:
        """Return the sibling and the controls of a URL's script."""
        probes = self._probes.get(script_of(url), [])
        return (probes[0], tuple(probes[1:])) if probes else (None, ())

    def target_for(self, probe: Probe, known: SiteKnowledge, word: str) -> ProbeTarget | None:
        """Return a random query to be probed; None if the judgement of a page needs none.

        Args:
            probe: The probe of a link.
            known: What is known of its site.
            word: Random letters, the value.
        """
        random_url = query_sibling_url(probe.url, word)
        if random_url is None:
            return None  # true of most URLs, so it is checked first
        script = script_of(probe.url)
        if known.query_sibling is None:
            is_full = script not in self._requested and len(self._requested) >= _MAX_SCRIPTS
            if self._requested[script] or is_full or not needs_query_sibling(probe, known):
                return None
        else:
            stored = len(known.query_controls)
            if max(stored, self._requested[script] - 1) >= MAX_CONTROLS:
                return None
            if not needs_query_control(probe, known):
                return None
        return self._request(script, random_url)

    def another_for(self, probe: Probe, word: str, since: datetime | None) -> ProbeTarget | None:
        """Return a further random query of a page's script; None if there are enough.

        Args:
            probe: The probe of the page.
            word: Random letters, the value.
            since: Stored probes that are older do not count; None: all count.
        """
        random_url, script = query_sibling_url(probe.url, word), script_of(probe.url)
        stored = sum(is_newer_than(since, sibling) for sibling in self._probes.get(script, ()))
        if random_url is None or max(stored, self._requested[script]) > MAX_VARYING_CONTROLS:
            return None
        return self._request(script, random_url)

    def _request(self, script: str, random_url: str) -> ProbeTarget:
        self._requested[script] += 1
        return ProbeTarget(url=random_url, role=Role.LINK)


def is_newer_than(since: datetime | None, probe: Probe) -> bool:
    """Return whether a probe finished at or after a time; True if the time is None."""
    return since is None or probe.finished_at >= since
