"""Run `holdfast explain`: print what words of a report mean."""

from __future__ import annotations

import os

import click

from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.cli.options import CommonOptions
from crawler.cli.report.language import report_language
from crawler.cli.suggestions import similar_names
from crawler.config import ConfigError
from reports.i18n import Lang, Translator, lang_from_environment, translator_for
from reports.wording.explanation_text import explanation_lines
from reports.wording.explanations import EXPLANATIONS, Explanation, WordKind, explanation_of
from reports.wording.labels import INTERNAL_LINK_LABELS, REASON_LABELS
from store.vocabulary import VERDICT_OF, Reason


def execute(common: CommonOptions, *, words: tuple[str, ...], lang: str | None) -> ExitCode:
    """Run the command. The parameters are its options, see `crawler.cli.commands.explain`.

    Args:
        common: With --quiet, only the meanings are printed, not what to do.
        words: The words to explain; empty for all, in one line each.
        lang: Value of the option --lang.

    Returns:
        The exit code.

    Raises:
        CommandFailed: A word is unknown.
    """
    translate = translator_for(_language(common, lang))
    explanations = [_explanation(word, translate) for word in words]
    for number, explanation in enumerate(explanations):
        if number:
            click.echo()
        is_reason = explanation.kind is WordKind.REASON
        verdict = VERDICT_OF[Reason(explanation.word)] if is_reason else None
        with_advice = common.verbosity >= 0
        for line in explanation_lines(
            explanation, translate, verdict=verdict, with_advice=with_advice
        ):
            click.echo(line)
    if not explanations:
        _list_all(translate)
    return ExitCode.OK


def _language(common: CommonOptions, option: str | None) -> Lang:
    """Return the language of reports; that of the locale if the configuration is invalid."""
    try:
        return report_language(common.load_as_written(), option)
    except ConfigError:
        return lang_from_environment({"LANG": option} if option else os.environ)


def _explanation(text: str, translate: Translator) -> Explanation:
    """Return the explanation of a word such as `soft-404`, or of its label in a report.

    Raises:
        CommandFailed: Reports have no such word.
    """
    word_by_label: dict[str, str] = {}
    for words in (INTERNAL_LINK_LABELS, REASON_LABELS):
        for word, label in words.items():
            word_by_label[label] = word
            word_by_label[translate(label)] = word
    if found := explanation_of(word_by_label.get(text, text)):
        return found
    similar = similar_names(text.casefold(), EXPLANATIONS)
    hint = f"did you mean {similar[0]!r}?" if similar else "holdfast explain lists all words"
    raise CommandFailed(f"no word {text!r} in reports: {hint}")


def _list_all(translate: Translator) -> None:
    """Print each word with its meaning on one line, grouped by kind."""
    width = max(map(len, EXPLANATIONS))
    for kind in WordKind:
        click.echo(f"{translate(kind.value)}:")
        for word, explanation in EXPLANATIONS.items():
            if explanation.kind is kind:
                click.echo(f"  {word:<{width}}  {translate(explanation.meaning)}")
