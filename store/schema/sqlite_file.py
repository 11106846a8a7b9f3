"""Check the place of an SQLite file before it is opened."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from time import time

from store.errors import DatabaseDamaged, DatabaseUrlError

logger = logging.getLogger("holdfast.store")

DATA_FOLDER = ".holdfast"  # created for Holdfast alone
_NEW_FILE_SECONDS = 10.0
# WAL needs memory that its readers share, which these file systems do not have
# (https://sqlite.org/wal.html, "all processes must be on the same host").
_NETWORK_FILE_SYSTEMS = frozenset((
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "9p",
    "fuse.sshfs",
))  # fmt: skip


def prepare_folder(path: Path) -> None:
    """Create the folder of an SQLite file, and check that the file can be used there.

    Raises:
        DatabaseUrlError: The folder cannot be created or written to, `path` is a folder, a device
            or a pipe, or it is on a network file system.
        DatabaseDamaged: The file is empty although its write-ahead log is not.
    """
    folder = path.parent
    _create_folder(folder)
    if path.is_dir():
        raise DatabaseUrlError(f"{path} is a folder: name a file for the database")
    if path.exists() and not path.is_file():
        raise DatabaseUrlError(f"{path} is a device or a pipe: name a file for the database")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise DatabaseUrlError(
            f"{path} cannot be written: make it writable, or set --db or HOLDFAST_DB"
        )
    file_system = _file_system_of(folder)
    if file_system in _NETWORK_FILE_SYSTEMS:
        raise DatabaseUrlError(
            f"{path} is on a network file system ({file_system}), where SQLite loses data: "
            "use a local disk or PostgreSQL"
        )
    _check_empty_file(path)


def _create_folder(folder: Path) -> None:
    """Create the folder of a database. Git ignores one that is for Holdfast alone."""
    try:
        if folder.name == DATA_FOLDER and not folder.exists():
            folder.mkdir(parents=True)
            # A database committed to the wiki's repository would conflict after each run.
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUrlError(
            f"the folder {folder} for the database cannot be created ({error.strerror}): "
            "set --db or HOLDFAST_DB"
        ) from error


def _check_empty_file(path: Path) -> None:
    """Log a warning for an empty file: a new history begins in it.

    Raises:
        DatabaseDamaged: The write-ahead log shows that there was a history. SQLite would delete it.
    """
    if not path.is_file() or path.stat().st_size:
        return
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists() and wal.stat().st_size:
        raise DatabaseDamaged(
            f"{path} is empty, but {wal.name} beside it is not: "
            "restore a backup, or move both files away"
        )
    # A newer file may be one that another process is creating now.
    if time() - path.stat().st_mtime > _NEW_FILE_SECONDS:
        logger.warning(
            "%s is empty and a new history begins in it: "
            "if there was one before, stop and restore a backup",
            path,
        )


def _file_system_of(folder: Path) -> str:
    """Return the type of the file system of a folder, from Linux's mount table; "" elsewhere."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
    resolved = folder.resolve()
    best_length, best_type = -1, ""
    for line in mounts.splitlines():
        _, mount_point, file_system, *_ = line.split(" ")
        mounted = Path(mount_point.replace("\\040", " "))
        if resolved.is_relative_to(mounted) and len(mounted.parts) >= best_length:
            best_length, best_type = len(mounted.parts), file_system
    return best_type
