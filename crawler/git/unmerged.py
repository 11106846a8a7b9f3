"""Find the branch that HEAD was probably made from, to name it in messages."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from crawler.git.checked_command import git_line, top_folder

_BRANCHES = ("origin/main", "origin/master", "main", "master")


class UnmergedCommits(NamedTuple):
    """The commits of HEAD that a branch does not have.

    Attributes:
        branch: The name of the branch, such as origin/main.
        number: How many there are.
    """

    branch: str
    number: int


def unmerged_commits(folder: Path) -> UnmergedCommits | None:
    """Return the commits of HEAD that the main branch does not have.

    The main branch is the default branch of the remote `origin`, else one with a usual name.

    Args:
        folder: A folder in the repository.

    Returns:
        None if there are no such commits, or no main branch is found.

    Raises:
        ChangedFilesError: git is not installed, or the folder is in no repository.
    """
    top = top_folder(folder)
    default = git_line(top, "rev-parse", "--abbrev-ref", "--verify", "--quiet", "origin/HEAD")
    for branch in dict.fromkeys((default, *_BRANCHES)):
        if not branch or branch.startswith("-"):
            continue
        count = git_line(top, "rev-list", "--count", f"{branch}..HEAD", "--")
        if count.isdecimal():  # otherwise there is no such branch
            return UnmergedCommits(branch, int(count)) if int(count) else None
    return None
