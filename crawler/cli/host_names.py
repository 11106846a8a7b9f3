"""Find the stored hosts for the option --host; a host that no cited link has is an error."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from crawler.archives import get_service
from crawler.archives.link_identity import slot_of
from crawler.archives.mirror_urls import service_of_host
from crawler.cli.exit_codes import CommandFailed
from crawler.cli.suggestions import similar_names
from store.work.hosts import hosts_with_links
from store.work.scope import EVERYTHING, Scope


def find_hosts(
    connection: Connection, names: Sequence[str], scope: Scope = EVERYTHING
) -> tuple[str, ...]:
    """Return the stored names of hosts.

    Args:
        connection: A connection in a transaction.
        names: Host names as people write them: in any case, with a port, or as a URL.
        scope: The links whose hosts can be named.

    Returns:
        The stored names. All hosts of an archive are stored under one name.

    Raises:
        CommandFailed: No link in the scope has one of the hosts.
    """
    stored_names: list[str] = []
    for name in names:
        stored = hosts_with_links(connection, scope, names=_possible_names(name))
        if not stored:
            similar = similar_names(name.lower(), hosts_with_links(connection, scope))
            hint = f"did you mean {similar[0]!r}?" if similar else "check its spelling"
            raise CommandFailed(f"no cited link has the host {name}: {hint}")
        stored_names += stored
    return tuple(stored_names)


def _possible_names(name: str) -> Sequence[str]:
    """Return the names under which a host may be stored."""
    url = name if "://" in name else f"https://{name}/"
    names = [slot_of(url)]
    service = service_of_host(name)
    if service:
        names.append(get_service(service).hosts[0])  # all hosts of an archive have this name
    return [each for each in names if each]
