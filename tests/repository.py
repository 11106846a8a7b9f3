"""Create git repositories with commits of chosen dates."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


class Repository:
    """A git repository that uses no configuration but its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, day: str = "2022-01-01") -> None:
        who = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "A"), ("EMAIL", "a@wiki.example"))
        }
        when = {
            "GIT_AUTHOR_DATE": f"{day}T12:00:00+00:00",
            "GIT_COMMITTER_DATE": f"{day}T12:00:00+00:00",
        }
        nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=os.environ | who | when | nobody,
            check=True,
            capture_output=True,
        )

    def commit(self, day: str, **files: str | None) -> None:
        """Write pages by their names without `.md` (None: remove), and commit them."""
        for name, text in files.items():
            path = self.folder / f"{name}.md"
            if text is None:
                path.unlink()
            else:
                path.write_text(text, encoding="utf-8", newline="")
        self.git("add", "--all")
        self.git(
            "commit", "--quiet", "--allow-empty", "--message=about https://a.example/1", day=day
        )
