"""Select the evidence of others about a link that is blocked: an archive, or the site itself.

The link's server refuses Holdfast's requests, so Holdfast cannot see whether the page exists.
"""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import Final

from msgspec import Struct

from reports.mirror_choice import is_usable
from store.queries.link_records import LinkFinding
from store.vocabulary import Role, State, Verdict

SERVED_TO_OTHERS: Final = "served-to-others"
NOT_SERVED_TO_OTHERS: Final = "not-served-to-others"
LISTED_BY_SITE: Final = "listed-by-site"


class SeenByOthers(Struct, frozen=True):
    """The response that an archive got from a link that blocks Holdfast.

    Attributes:
        code: `served-to-others` or `not-served-to-others`.
        at: The capture time.
        service: The archive.
    """

    code: str
    at: datetime
    service: str


def seen_by_others(link: LinkFinding) -> SeenByOthers | None:
    """Return the response that an archive got from a link since it blocks Holdfast.

    The newest capture that shows the page is returned, else the newest one that does not.

    Returns:
        None if the link is not blocked, or there is no such capture.
    """
    tracked = link.tracked_state
    if link.role is not Role.LINK or tracked.state is not State.BLOCKED:
        return None
    since = tracked.state_since
    served, not_served = list[SeenByOthers](), list[SeenByOthers]()
    for mirror in link.mirrors:
        if since is None or mirror.captured_at is None or mirror.captured_at < since:
            continue
        if is_usable(mirror):
            served.append(SeenByOthers(SERVED_TO_OTHERS, mirror.captured_at, mirror.service))
        elif mirror.verdict is Verdict.BROKEN:
            seen = SeenByOthers(NOT_SERVED_TO_OTHERS, mirror.captured_at, mirror.service)
            not_served.append(seen)
    return max(served or not_served, key=attrgetter("at"), default=None)


class ListedBySite(Struct, frozen=True):
    """The sitemap or feed in which a site lists a link that blocks Holdfast.

    Attributes:
        code: `listed-by-site`.
        at: When it was read.
        source: Its URL.
    """

    code: str
    at: datetime
    source: str


def site_listing(link: LinkFinding) -> ListedBySite | None:
    """Return the sitemap or feed of its site in which a link was found since it blocks Holdfast.

    Returns:
        None if the link is not blocked, or was found in none.
    """
    tracked, at, source = link.tracked_state, link.listed_at, link.listed_by
    if tracked.state is not State.BLOCKED or at is None or not source:
        return None
    if tracked.state_since is not None and at < tracked.state_since:
        return None
    return ListedBySite(LISTED_BY_SITE, at, source)
