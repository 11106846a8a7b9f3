"""Lock the archive, so that only one process writes to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from crawler.local_archive.layout import ArchiveLayout
from crawler.local_archive.model import ArchiveLocked, LocalArchiveError


@contextmanager
def lock_archive(layout: ArchiveLayout) -> Iterator[None]:
    """Lock the archive during the block, creating its folders if there are none.

    The system releases the lock if the process dies.

    Args:
        layout: The archive.

    Raises:
        ArchiveLocked: Another process has it locked.
        LocalArchiveError: It cannot be opened.
    """
    try:
        import fcntl  # noqa: PLC0415  Windows has no such module
    except ImportError as error:
        raise LocalArchiveError(
            "a local archive needs file locks of the system: use it on Linux or macOS"
        ) from error
    try:
        layout.create()
        lock = layout.lock.open("wb")
    except OSError as error:
        raise LocalArchiveError(
            f"the archive in {layout.path} cannot be opened ({error.strerror}): "
            "check its permissions and the disk"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ArchiveLocked(
                f"another process writes to the archive in {layout.path}: "
                "try again when it has ended"
            ) from error
        yield
