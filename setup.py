"""What pyproject.toml cannot say: how the source archive is packed. scrapyd-deploy, which builds an egg, asks for this file too."""

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
    """A source archive that is the same to the last bit wherever it is built: in order, nobody's, of one date.

    The date is `SOURCE_DATE_EPOCH` (https://reproducible-builds.org/specs/source-date-epoch/), or now.
    """

    def make_archive(
        self,
        base_name: str,
        format: str,
        root_dir: str | None = None,
        base_dir: str | None = None,
        **whose: Any,
    ) -> str:
        if format != "gztar" or base_dir is None:
            made: str = super().make_archive(base_name, format, root_dir, base_dir, **whose)
            return made
        date = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))

        def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
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
                archive.add(path, recursive=False, filter=plain)
        return name


setup(cmdclass={"sdist": ReproducibleSdist})
