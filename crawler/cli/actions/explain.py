"""Run `holdfast explain`: print what words of a report mean."""

from __future__ import annotations

import click

from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions
from crawler.cli.suggestions import similar_names
from crawler.liveness.case import VERDICT_OF
from reports.explanations import EXPLANATIONS, Explanation, WordKind, explanation_of
from reports.labels import INTERNAL_LINK_LABELS, REASON_LABELS
from store.vocabulary import Reason


def execute(common: CommonOptions, *, words: tuple[str, ...]) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.explain`.

    Args:
        common: With --quiet, only the meanings are printed, not what to do.
        words: The words to explain; empty for all, in one line each.

    Returns:
        The exit code.

    Raises:
        CommandFailed: A word is unknown.
    """
    found = [_explanation(word) for word in words]
    for number, explanation in enumerate(found):
        if number:
            click.echo()
        click.echo(f"{explanation.word} ({_title(explanation)})")
        click.echo(f"  {explanation.meaning}")
        if common.verbosity >= 0:
            click.echo(f"  What to do: {explanation.advice}")
    if not found:
        _list_all()
    return ExitCode.OK


def _explanation(text: str) -> Explanation:
    labels = {label: reason.value for reason, label in REASON_LABELS.items()}
    labels |= {label: word for word, label in INTERNAL_LINK_LABELS.items()}
    if found := explanation_of(labels.get(text, text)):
        return found
    similar = similar_names(text.casefold(), EXPLANATIONS)
    hint = f"did you mean {similar[0]!r}?" if similar else "holdfast explain lists all words"
    raise CommandFailed(f"no word {text!r} in reports: {hint}")


def _title(explanation: Explanation) -> str:
    """Return what a word is, such as `broken: page not found`."""
    if explanation.kind is not WordKind.REASON:
        return explanation.kind.value.lower()
    reason = Reason(explanation.word)
    return f"{VERDICT_OF[reason]}: {REASON_LABELS[reason]}"


def _list_all() -> None:
    width = max(map(len, EXPLANATIONS))
    for kind in WordKind:
        click.echo(f"{kind}:")
        for word, explanation in EXPLANATIONS.items():
            if explanation.kind is kind:
                click.echo(f"  {word:<{width}}  {explanation.meaning}")
