"""Detect generators by the files that only their sites have, and find the pages of these sites."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from crawler.scan.generators.settings_files import read_settings

SCRIPT_SUFFIXES = (".js", ".ts", ".mjs", ".cjs", ".mts", ".cts")
_HEXO_KEYS = frozenset(["source_dir", "public_dir", "new_post_name"])  # of its settings alone


def has_file(folder: Path, names: Iterable[str], suffixes: Iterable[str]) -> bool:
    """Return whether a folder has a file with one of the names and one of the suffixes."""
    files = (folder / f"{name}{suffix}" for name in names for suffix in suffixes)
    return any(file.is_file() for file in files)


def is_zola(folder: Path) -> bool:
    """Return whether a folder has Zola's settings, whose older name is also one of Hugo's."""
    return (folder / "zola.toml").is_file() or "base_url" in read_settings(folder / "config.toml")


def is_quartz(folder: Path) -> bool:
    """Return whether a folder has the settings of Quartz (https://quartz.jzhao.xyz/configuration)."""
    return has_file(folder, ["quartz.config"], (*SCRIPT_SUFFIXES, ".yaml", ".yml"))


def hexo_pages(folder: Path) -> Path | None:
    """Return the folder of the pages of a Hexo site (https://hexo.io/docs/configuration), or None.

    Args:
        folder: The folder that may have Hexo's settings.
    """
    settings = read_settings(folder / "_config.yml")
    name = settings.get("source_dir", "").replace("\0", "") or "source"
    has_posts = bool(settings) and (folder / "source" / "_posts").is_dir()
    if _HEXO_KEYS.isdisjoint(settings) and not has_posts:
        return None
    is_inside = ".." not in Path(name).parts and not Path(name).is_absolute()
    return folder / name if is_inside and (folder / name).is_dir() else folder


def grav_pages(folder: Path) -> Path | None:
    """Return the folder of the pages of a Grav site, or None.

    Args:
        folder: The folder of an installation, or its folder `user`, as which sites are published
            (https://learn.getgrav.org/basics/folder-structure).
    """
    for user in (folder, folder / "user"):
        settings = (user / "config" / f"{name}.yaml" for name in ("system", "site"))
        if (user / "pages").is_dir() and any(file.is_file() for file in settings):
            return user / "pages"
    return None
