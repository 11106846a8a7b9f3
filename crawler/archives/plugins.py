"""Load archive services from other packages: entry points of the group `holdfast.archives`.

Each entry point is a `Service`. In the other package's pyproject.toml:

    [project.entry-points."holdfast.archives"]
    harbour = "harbour_archive:SERVICE"
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.metadata import EntryPoint

from crawler.archives.interface import Service
from crawler.process.installed_plugins import installed_plugins
from store.vocabulary import LOCAL

GROUP = "holdfast.archives"

logger = logging.getLogger("holdfast.archives")


def with_plugins(builtin: Sequence[Service]) -> tuple[Service, ...]:
    """Return the built-in services followed by those of installed plug-ins.

    A plug-in that cannot be loaded, or that claims a name or host of another, is logged and left
    out.
    """
    services = list(builtin)
    for point in sorted(installed_plugins(GROUP), key=lambda point: point.name):
        service = _load(point, services)
        if service is not None:
            services.append(service)
    return tuple(services)


def _load(point: EntryPoint, known: Sequence[Service]) -> Service | None:
    """Return the service of an entry point; None after logging why it cannot be used."""
    try:
        service = point.load()
        if isinstance(service, Service):
            for url_pattern in service.url_patterns:
                url_pattern.pattern  # noqa: B018  compiled here, so that an invalid one is reported
    except Exception as error:  # noqa: BLE001  another package may raise anything
        logger.warning(
            "archive service %s (%s) cannot be loaded and is left out: %s: %s",
            point.name,
            point.value,
            type(error).__name__,
            error,
        )
        return None
    if not isinstance(service, Service):
        logger.warning(
            "archive service %s (%s) is left out: it is not a crawler.archives.interface.Service",
            point.name,
            point.value,
        )
        return None
    used = {LOCAL}
    for other in known:
        used |= {other.name, *other.hosts}
    conflicts = used & {service.name, *service.hosts}
    if conflicts:
        logger.warning(
            "archive service %s (%s) is left out: %s belongs to another service",
            point.name,
            point.value,
            min(conflicts),
        )
        return None
    return service
