"""What can go wrong with the store, sorted by what the caller can do about it. Each message is one line for a person."""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot be used as asked."""


class DatabaseUrlError(StoreError):
    """The database cannot be where it was said to be (address, driver, folder, file system): mend the configuration."""


class DatabaseUnavailable(StoreError):
    """The database does not answer, is locked for too long, or has no room: try again later."""


class DatabaseDamaged(StoreError):
    """The file is no database, or a damaged one: restore a backup."""


class DatabaseNewer(StoreError):
    """A later Holdfast wrote this database: use that one."""


class LeaseLost(StoreError):
    """The lease on a host ran out or went to another holder: write nothing, ask nothing."""


class ImportFailed(StoreError):
    """What is to be imported is no whole export, or there is no empty database to import it into; the message names the line."""
