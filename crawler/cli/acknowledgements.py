"""Find the stored links that the acknowledgement file lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from crawler.archives.link_identity import identify
from crawler.config import LoadedConfig
from crawler.config.acknowledgements import (
    DEFAULT_FILE,
    AcknowledgedLink,
    read_acknowledgements,
)
from reports.model import Acknowledgement
from store.queries.link_states import ids_by_key


def acknowledgement_file(loaded: LoadedConfig) -> Path:
    """Return the path of the acknowledgement file."""
    return loaded.folder / (loaded.config.report.acknowledged or DEFAULT_FILE)


def acknowledged_ids(
    connection: Connection, loaded: LoadedConfig, *, today: date
) -> Mapping[int, Acknowledgement]:
    """Return the acknowledgements that have not expired, by the ids of links and archive copies.

    Raises:
        ConfigError: The file cannot be read.
    """
    entries = read_acknowledgements(acknowledgement_file(loaded))
    by_key = {
        identify(entry.url).key: Acknowledgement(until=entry.until, note=entry.note)
        for entry in active_entries(entries, today)
    }
    ids = ids_by_key(connection, by_key)
    return {link_id: by_key[key] for key, link_id in ids.items()}


def active_entries(entries: Iterable[AcknowledgedLink], today: date) -> Sequence[AcknowledgedLink]:
    """Return the entries whose last day has not passed."""
    return [entry for entry in entries if entry.until is None or entry.until >= today]
