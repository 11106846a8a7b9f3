"""Pack the source archive reproducibly; scrapyd-deploy needs this file, too."""

from __future__ import annotations

import gzip
import os
import tarfile
import time
from pathlib import Path
from typing import Any

from setuptools import setup
from setuptools.command.sdist import sdist


class ReproducibleSdist(sdist):
    """A source archive that is the same byte for byte wherever it is built.

    Its files are sorted, belong to nobody and have one date: `SOURCE_DATE_EPOCH`
    (https://reproducible-builds.org/specs/source-date-epoch/), or now.
    """

    def make_archive(
        self,
        base_name: str,
        format: str,  # noqa: A002  the parent's name
        root_dir: str | None = None,
        base_dir: str | None = None,
        **owner: Any,
    ) -> str:
        """Write the archive and return its name."""
        if format != "gztar" or base_dir is None:
            packed_by_parent: str = super().make_archive(
                base_name, format, root_dir, base_dir, **owner
            )
            return packed_by_parent
        date = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))

        def normalize(entry: tarfile.TarInfo) -> tarfile.TarInfo:
            entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = date, 0, 0, "", ""
            entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
            return entry

        name = f"{base_name}.tar.gz"
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        with (
            gzip.GzipFile(name, "wb", mtime=date) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for path in sorted([Path(base_dir), *Path(base_dir).rglob("*")]):
                archive.add(path, recursive=False, filter=normalize)
        return name


setup(cmdclass={"sdist": ReproducibleSdist})
