"""Determine the trust of each archive service.

It is set in the registry of services (`crawler.archives.services`), unless the configuration sets
another one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from msgspec import Struct, field

from crawler.archives.interface import Trust
from crawler.archives.mirror_urls import get_service, known_services, service_of_host
from crawler.config import ConfigError, LoadedConfig
from crawler.config.key_diagnostics import describe_unknown_name, line_of_key
from store.vocabulary import LOCAL

_DISTRUSTED: Final = (Trust.DOUBTED, Trust.ENDED)


class ServiceTrust(Struct, frozen=True):
    """The trust of every service.

    Attributes:
        configured: The trust that `archives.trust` sets, by service; it overrides the registry's.
    """

    configured: Mapping[str, Trust] = field(default_factory=dict)

    def of(self, service: str) -> Trust:
        """Return the trust of a service.

        An archive that is only in the configuration is trusted like an institution, because its
        user chose it. The local archive is trusted like an operator: it is the user's own disk.

        >>> str(ServiceTrust().of("archive.today"))
        'doubted'
        >>> str(ServiceTrust({"archive.today": Trust.OPERATOR}).of("archive.today"))
        'operator'
        """
        if service in self.configured:
            return self.configured[service]
        if service == LOCAL:
            return Trust.OPERATOR
        known = known_services().get(service)
        return known.trust if known else Trust.INSTITUTION

    def is_distrusted(self, service: str) -> bool:
        """Return whether citations should not depend on a service: it is doubted, or has ended."""
        return self.of(service) in _DISTRUSTED

    def describe(self, service: str) -> str:
        """Return the trust of a service and its source, for people."""
        source = "archives.trust" if service in self.configured else trust_source(service)
        return f"{self.of(service)} ({source})" if source else str(self.of(service))

    @property
    def less_trusted(self) -> tuple[str, ...]:
        """The names of the services that are not enough as the only archive of a page.

        >>> "archive.today" in ServiceTrust().less_trusted, "wayback" in ServiceTrust().less_trusted
        (True, False)
        """
        return tuple(name for name in self._names() if self.of(name) is not Trust.INSTITUTION)

    @property
    def less_trusted_in_reports(self) -> tuple[str, ...]:
        """The names of the services that a report calls less trusted.

        The local archive is the user's own. It is among them only if the configuration sets its
        trust.

        >>> names = ServiceTrust().less_trusted_in_reports
        >>> "archive.today" in names, "local" in names
        (True, False)
        """
        return tuple(
            name for name in self.less_trusted if name != LOCAL or LOCAL in self.configured
        )

    @property
    def distrusted(self) -> frozenset[str]:
        """The names of the services that are doubted or have ended."""
        return frozenset(filter(self.is_distrusted, self._names()))

    def _names(self) -> list[str]:
        """Return the names of all services: known ones, the local archive, and configured ones."""
        return list(dict.fromkeys((*known_services(), LOCAL, *self.configured)))


def service_trust(loaded: LoadedConfig) -> ServiceTrust:
    """Return the trust of every service under a configuration.

    Raises:
        ConfigError: The setting names a service that is not known.
    """
    archives = loaded.config.archives
    known = {*known_services(), *archives.memento_archives, LOCAL}
    for name in archives.trust:
        if name not in known:
            path = ("archives", "trust", name)
            problem = unknown_service(name, known)
            raise ConfigError(f"{line_of_key(loaded.file, path)}: archives.trust: {problem}")
    return ServiceTrust({name: Trust(word) for name, word in archives.trust.items()})


def unknown_service(name: str, known: Collection[str]) -> str:
    """Return a message about a name that no archive has, with a similar name if there is one.

    >>> unknown_service("archive.is", ["archive.today"])
    "no archive is named 'archive.is'; did you mean 'archive.today'?"
    """
    problem = f"no archive is named {name!r}"
    service = service_of_host(name)
    if service is not None:
        return f"{problem}; did you mean {service!r}?"
    return describe_unknown_name(problem, name, known)


def trust_source(service: str) -> str:
    """Return the source of a service's trust in the registry; "" if it has none."""
    return get_service(service).trust_source if service in known_services() else ""
