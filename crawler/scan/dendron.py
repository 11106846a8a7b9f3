"""Read the settings of a Dendron workspace: https://wiki.dendron.so/notes/schema.dendron-yml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from crawler.scan.settings_files import read_settings

_WORKSPACE = "dendron.yml"
_VAULT = ("root.schema.yml", "root.md")  # in every folder of notes
_DEPTH = 3  # of a vault in its workspace


def is_dendron(folder: Path) -> bool:
    """Return whether a folder is a Dendron workspace, or a vault without one around it."""
    if (folder / _WORKSPACE).is_file():
        return True
    is_vault = all((folder / name).is_file() for name in _VAULT)
    around = (folder.parent, *folder.parent.parents[:_DEPTH])
    return is_vault and not any((each / _WORKSPACE).is_file() for each in around)


def has_absent_vaults(folder: Path) -> bool:
    """Return whether notes of a Dendron workspace may be kept elsewhere.

    A vault may be a repository of its own, which a clone of the workspace does not have. A vault
    without a workspace may be a part of several.

    Args:
        folder: The folder of the workspace or vault.
    """
    settings = read_settings(folder / _WORKSPACE)
    return not settings or any(not path.is_dir() for path in _vaults(folder, settings))


def _vaults(folder: Path, settings: Mapping[str, str]) -> Iterator[Path]:
    """Yield the folders of a workspace's vaults."""
    for key, value in settings.items():
        parts = key.split(".")
        if parts[-1] == "fspath" and "vaults" in parts and "\0" not in value:
            own = folder / value
            # The notes of a vault that is a workspace of its own are in a folder of it.
            yield own / "notes" if (own / "notes").is_dir() else own
