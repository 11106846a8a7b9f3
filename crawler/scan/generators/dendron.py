"""Read the settings of a Dendron workspace: https://wiki.dendron.so/notes/schema.dendron-yml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from crawler.scan.generators.settings_files import read_settings

_WORKSPACE = "dendron.yml"
_VAULT = ("root.schema.yml", "root.md")  # Dendron creates both in every vault
_MAX_DEPTH = 3  # folders between a vault and its workspace


def is_dendron(folder: Path) -> bool:
    """Return whether a folder is a Dendron workspace, or a vault that is in no workspace."""
    if (folder / _WORKSPACE).is_file():
        return True
    is_vault = all((folder / name).is_file() for name in _VAULT)
    parents = (folder.parent, *folder.parent.parents[:_MAX_DEPTH])
    return is_vault and not any((parent / _WORKSPACE).is_file() for parent in parents)


def has_absent_vaults(folder: Path) -> bool:
    """Return whether this checkout may lack notes of a Dendron workspace.

    A vault may be a separate repository, which a clone of the workspace does not contain. A vault
    without a workspace may belong to one whose other vaults are not here.

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
            vault = folder / value
            # A vault that is also a workspace ("self-contained") keeps its notes in `notes`.
            yield vault / "notes" if (vault / "notes").is_dir() else vault
