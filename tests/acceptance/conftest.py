"""Provide a working folder, and the web and archive behind the seed page, to acceptance tests."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.demo.background import BackgroundLoop
from tests.acceptance import seed
from tests.acceptance.folder import Folder
from tests.web import saved_pages
from tests.web.archive import RunningWayback
from tests.web.internet import Internet


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """Return an empty folder."""
    folder = Folder(tmp_path)
    yield folder
    folder.close()


@pytest.fixture(scope="session")
def seed_internet(background: BackgroundLoop) -> Internet:
    """Start the web that the seed page cites, once."""
    return background.start(Internet(seed.sites()))


@pytest.fixture(scope="session")
def seed_wayback(background: BackgroundLoop, seed_internet: Internet) -> RunningWayback:
    """Start the archive that the seed page cites, once."""
    return background.start(RunningWayback(fetch=seed_internet.fetch))


@pytest.fixture(scope="module")
def seed_folder(
    tmp_path_factory: pytest.TempPathFactory, seed_internet: Internet, seed_wayback: RunningWayback
) -> Iterator[Folder]:
    """Return a folder with the seed page and a configuration that leads to its web and archive, both reset."""
    seed_internet.reset()
    seed_wayback.forget()
    seed_wayback.snapshots.extend(seed.holdings())
    folder = Folder(tmp_path_factory.mktemp("seed"))
    folder.write("wiki/石桥论坛.md", seed.PAGE)
    folder.configure(seed_internet, seed_wayback)
    yield folder
    folder.close()


@pytest.fixture(scope="module")
def keep_internet(background: BackgroundLoop) -> Internet:
    """Return the web of pages for the local archive, reset."""
    return background.start(Internet(saved_pages.SITES))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of a few kilobytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", folder],
        capture_output=True,
        check=False,
    ).returncode:
        pytest.skip("mounting a disk takes root")
    yield folder
    subprocess.run(["umount", folder], check=True)
