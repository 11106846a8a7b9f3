"""Archive services that other packages bring: entry points of the group `holdfast.archives`, each a `Service`.

In the other package's pyproject.toml:

    [project.entry-points."holdfast.archives"]
    harbour = "harbour_archive:SERVICE"
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import EntryPoint, entry_points

from crawler.archives.interface import Service

GROUP = "holdfast.archives"

logger = logging.getLogger("archives")


def with_plugins(
    own: Sequence[Service], found: Iterable[EntryPoint] | None = None
) -> tuple[Service, ...]:
    """Our services, then those of plug-ins. One that cannot be loaded, or that claims a name or host of another, is said and left out."""
    services = list(own)
    for point in sorted(
        entry_points(group=GROUP) if found is None else found, key=lambda point: point.name
    ):
        services += _loaded(point, services)
    return tuple(services)


def _loaded(point: EntryPoint, known: Sequence[Service]) -> Iterator[Service]:
    try:
        service = point.load()
    except Exception as error:  # noqa: BLE001  whatever another package does
        logger.warning(
            "the archive service %s (%s) cannot be loaded: %s: %s",
            point.name,
            point.value,
            type(error).__name__,
            error,
        )
        return
    if not isinstance(service, Service):
        logger.warning(
            "the archive service %s (%s) is no crawler.archives.interface.Service: it is left out",
            point.name,
            point.value,
        )
    elif taken := {service.name, *service.hosts} & {
        word for each in known for word in (each.name, *each.hosts)
    }:
        logger.warning(
            "the archive service %s (%s) claims %s, which is another's: it is left out",
            point.name,
            point.value,
            min(taken),
        )
    else:
        yield service
