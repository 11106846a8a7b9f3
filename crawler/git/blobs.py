"""Read the sizes and the bytes of blobs: versions of files in git's object database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from crawler.git.checked_command import TIMEOUT_SECONDS, raise_changed_files_error
from crawler.git.command import read_objects

_MAX_BLOBS = 200  # read by one git process, whose whole output is kept in memory


def blob_sizes(top: Path, blobs: Iterable[str]) -> Mapping[str, int]:
    """Return the sizes of blobs in bytes, by id. Missing blobs are left out.

    Args:
        top: The top folder of the repository.
        blobs: The ids of the blobs.

    Raises:
        ChangedFilesError: git failed.
    """
    names = "".join(f"{blob}\n" for blob in blobs)
    with raise_changed_files_error():
        output = read_objects(top, names.encode(), timeout=TIMEOUT_SECONDS, only_sizes=True)
    sizes = {}
    for line in output.decode().splitlines():
        parts = line.split(" ")  # id, type, size; a missing object has fewer
        if len(parts) == 3 and parts[1] == "blob":
            sizes[parts[0]] = int(parts[2])
    return sizes


def read_blobs(top: Path, blobs: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Yield the paths of files with the bytes of their blobs. Missing blobs are left out.

    Args:
        top: The top folder of the repository.
        blobs: The ids of the blobs by the files' paths.

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
            if end < 0:
                break  # git was ended: the rest of this batch is missing
            head = output[position:end].split(b" ")  # id, type, size
            position = end + 1
            if len(head) != 3:  # in a partial clone, blobs can be missing
                continue
            size = int(head[2])
            is_whole = position + size <= len(output)
            if head[1] == b"blob" and is_whole:  # the id of a submodule is that of a commit
                yield file, output[position : position + size]
            position += size + 1
