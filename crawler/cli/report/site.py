"""Write the reports of wikis as sites."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.report.language import report_language
from crawler.cli.report.output import open_report
from crawler.config import LoadedConfig
from reports.model import Report
from reports.site import SiteFolderError, write_site, write_wiki_index
from store.files.temporary_folders import remove_leftover_folders

_LEFTOVER_SECONDS = 86_400.0


def write_sites(wikis: Sequence[LoadedConfig], folder: Path, *, lang: str | None = None) -> None:
    """Write the site of each wiki, and an index of them if there are several.

    Args:
        wikis: The configurations of the wikis.
        folder: Where to write.
        lang: Value of the option --lang.
    """
    for wiki in wikis:
        with open_report(wiki, lang=lang) as report:
            write_wiki_site(report, wiki, folder, several=len(wikis) > 1)
    write_index(wikis, folder, lang)


def write_index(wikis: Sequence[LoadedConfig], folder: Path, lang: str | None) -> Path:
    """Return the path of the site's index; write an index of the wikis if there are several.

    Raises:
        CommandFailed: It cannot be written.
    """
    if len(wikis) == 1:
        return folder / "index.html"
    names = [wiki.config.wiki for wiki in wikis]
    try:
        return write_wiki_index(names, folder, report_language(wikis[0], lang))
    except OSError as error:
        raise CommandFailed(_not_written(folder, error), ExitCode.FAILED) from error


def write_wiki_site(report: Report, wiki: LoadedConfig, folder: Path, *, several: bool) -> None:
    """Write the site of one wiki.

    Args:
        report: Its report.
        wiki: Its configuration.
        folder: Where to write; of several wikis, each has a folder of its name there.
        several: Whether there are several wikis.

    Raises:
        CommandFailed: The folder has other content, is a symbolic link, contains the working
            folder, or cannot be written.
    """
    if several:
        folder /= wiki.config.wiki
    if os.path.islink(folder):  # noqa: PTH114 - `Path.is_symlink` raises for a long name
        raise CommandFailed(f"{folder} is a symbolic link: name the folder it leads to with --site")
    if Path.cwd().is_relative_to(os.path.realpath(folder)):
        # It would be replaced under the shell that started this command.
        raise CommandFailed(f"{folder} is or contains the working folder: use one below it")
    # The site that another process is writing has no lock, but is never so old.
    remove_leftover_folders(folder.parent, f".{folder.name}.", min_age=_LEFTOVER_SECONDS)
    try:
        write_site(report, folder)
    except SiteFolderError as error:
        raise CommandFailed(str(error)) from error
    except OSError as error:
        raise CommandFailed(_not_written(folder, error), ExitCode.FAILED) from error


def _not_written(folder: Path, error: OSError) -> str:
    """Return the message for a folder that cannot be written."""
    return f"cannot write {folder}: {error.strerror}: use another folder with --site"
