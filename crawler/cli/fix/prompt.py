"""Prompt the user to confirm each fix (`holdfast fix --interactive`)."""

from __future__ import annotations

import click

from crawler.cli.fix.patch_output import printable_line
from reports.patches import CitationFix, PagePatch, diff_of
from reports.wording.sanitize import plain

_HEADER_LINES = 3  # of a patch with one change: the two file names and the position


class FixPrompt:
    """Asks the user about one fix after another.

    Attributes:
        has_quit: Whether the user answered "quit": no later fix is applied.
    """

    def __init__(self) -> None:
        self._accept_all = False
        self.has_quit = False

    def confirm(self, patch: PagePatch, fix: CitationFix) -> bool:
        """Show one fix, and return whether the user confirms it.

        Args:
            patch: The patch of the page.
            fix: The fix to show.

        Returns:
            True to apply the fix.

        Raises:
            click.Abort: Standard input is at its end, so nobody can answer.
        """
        if self._accept_all or self.has_quit:
            return self._accept_all
        lines = diff_of(patch, patch.page.path, [fix]).splitlines()
        for line in lines[_HEADER_LINES:]:
            text = line.decode(patch.page.encoding, "replace")
            click.echo(printable_line(text), err=True)
        place = f"{plain(patch.page.path)}:{fix.planned.citation.line}"
        question = (
            f"{place}: {fix.planned.cause.value}. Apply this fix? ([y]es, [n]o, [a]ll, [q]uit)"
        )
        choices = click.Choice(["y", "n", "a", "q"])
        answer: str = click.prompt(question, type=choices, show_choices=False, err=True)
        self._accept_all = answer == "a"
        self.has_quit = answer == "q"
        return answer in {"y", "a"}
