"""Write one file that the option --output names, for reports and gates."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.files.atomic import SYMBOLIC_LINK, replace_file
from crawler.files.writable import why_not_writable


def names_file(output: Path, *, formats: int) -> bool:
    """Return whether --output names a file rather than a folder.

    A name with a suffix is a file's, and so is whatever exists and is not a folder: a device, a
    pipe, a file without a suffix.

    Args:
        output: Value of the option --output.
        formats: Number of formats to write; several need a folder.
    """
    has_file_name = bool(output.suffix) or _exists(output)
    return has_file_name and formats == 1 and not _is_folder(output)


def require_folder(output: Path, file_names: Sequence[str]) -> None:
    """Check that --output can be a folder if several files are to be written.

    Args:
        output: Value of the option --output; not standard output.
        file_names: Names of the files. A folder with the suffix of one of them is refused: it was
            meant as the name of a file.

    Raises:
        CommandFailed: It cannot be a folder.
    """
    if len(file_names) < 2 or _is_folder(output):
        return
    if _exists(output) or output.suffix in {Path(name).suffix for name in file_names}:
        raise CommandFailed(f"several formats need a folder, not {output}: use --output FOLDER")


def why_not_writable_output(output: Path, *, formats: int) -> str:
    """Return why --output cannot be written, as "FOLDER: what is wrong"; "" if it can.

    Args:
        output: Value of the option --output; not standard output.
        formats: Number of formats to write.
    """
    if os.path.islink(output) and os.path.isfile(output):  # noqa: PTH113, PTH114 - see `_exists`
        return f"{output}: {SYMBOLIC_LINK}"
    if _is_stream(output):
        return "" if os.access(output, os.W_OK) else f"{output}: it is read-only for this user"
    folder = output.parent if names_file(output, formats=formats) else output
    problem = why_not_writable(folder)
    return f"{folder}: {problem}" if problem else ""


def write_file(path: Path, chunks: Iterable[bytes]) -> Path:
    """Replace a file in one step: somebody may read the old one while the new one is written.

    A device or a pipe is written to, never replaced.

    Args:
        path: The file; missing parent folders are created.
        chunks: The content.

    Returns:
        The file.

    Raises:
        CommandFailed: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise CommandFailed(f"{path} is a folder: use --output FILE")
        if _is_stream(path):
            with path.open("wb") as stream:
                stream.writelines(chunks)
            return path
        with replace_file(path) as file:
            file.writelines(chunks)
    except OSError as error:
        raise CommandFailed(
            f"cannot write {path}: {error.strerror}: choose another place with --output",
            ExitCode.FAILED,
        ) from error
    return path


def _is_stream(path: Path) -> bool:
    """Return whether a path is a device or a pipe."""
    is_file = os.path.isfile(path)  # noqa: PTH113
    return _exists(path) and not is_file and not _is_folder(path)


def _exists(path: Path) -> bool:
    """Return whether a path, whatever its name, exists: `Path.exists` raises for a long name."""
    return os.path.exists(path)  # noqa: PTH110


def _is_folder(path: Path) -> bool:
    """Return whether a path, whatever its name, is a folder."""
    return os.path.isdir(path)  # noqa: PTH112
