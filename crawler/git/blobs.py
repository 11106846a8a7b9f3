"""Read files from git's objects: their sizes, and their bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from crawler.git.checked_command import TIMEOUT_SECONDS, raise_changed_files_error
from crawler.git.command import read_objects

_MAX_BLOBS = 200  # read at once


def blob_sizes(top: Path, blobs: Iterable[str]) -> Mapping[str, int]:
    """Return the sizes in bytes of those of some blobs that git has.

    Args:
        top: The top folder of the repository.
        blobs: Their ids.

    Raises:
        ChangedFilesError: git failed.
    """
    names = "".join(f"{blob}\n" for blob in blobs)
    with raise_changed_files_error():
        output = read_objects(top, names.encode(), timeout=TIMEOUT_SECONDS, only_sizes=True)
    lines = (line.split(" ") for line in output.decode().splitlines())
    return {line[0]: int(line[2]) for line in lines if len(line) == 3 and line[1] == "blob"}


def read_blobs(top: Path, blobs: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Yield the bytes of files as git has them, those that it has.

    Args:
        top: The top folder of the repository.
        blobs: The ids of git's objects by the files' paths.

    Raises:
        ChangedFilesError: git failed.
    """
    wanted = list(blobs.items())
    for start in range(0, len(wanted), _MAX_BLOBS):
        batch = wanted[start : start + _MAX_BLOBS]
        names = "".join(f"{blob}\n" for _, blob in batch)
        with raise_changed_files_error():
            output = read_objects(top, names.encode(), timeout=TIMEOUT_SECONDS)
        position = 0
        for file, _ in batch:
            end = output.find(b"\n", position)
            head = output[position:end].split(b" ") if end >= 0 else []
            position = end + 1
            if len(head) == 3 and head[1] == b"blob":  # an object can be missing in a partial clone
                size = int(head[2])
                yield file, output[position : position + size]
                position += size + 1
