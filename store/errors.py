"""The exceptions of the store, one class for each thing a caller can do about it.

Each message is one line for a person: what is wrong, and what to do.
"""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot be used. The base class of all exceptions here."""


class DatabaseUrlError(StoreError):
    """The configured database cannot be used: the URL, driver, folder or file system is wrong."""


class DatabaseUnavailable(StoreError):
    """The database does not respond, is locked for too long, or its disk is full: retry later."""


class DatabaseLocked(DatabaseUnavailable):
    """Another program keeps the database locked: retry later."""


class DatabaseDamaged(StoreError):
    """The file is damaged, or is not a database: restore a backup."""


class DamagedValue(DatabaseDamaged):
    """A stored value is one that this version of Holdfast cannot have written.

    Args:
        description: What is wrong with it, such as "'x' is not a time".
    """

    def __init__(self, description: str) -> None:
        self.description = description[:100]
        super().__init__(
            f"the database is damaged ({self.description}), or a newer Holdfast wrote it: "
            "run holdfast db check, and restore a backup"
        )


class DatabaseNewer(StoreError):
    """A newer version of Holdfast wrote this database: upgrade Holdfast."""


class LeaseLost(StoreError):
    """The lease on a host expired or another process acquired it: send and write nothing more."""


class ImportFailed(StoreError):
    """The file is not a complete export, or the target is not empty. The message names the line."""
