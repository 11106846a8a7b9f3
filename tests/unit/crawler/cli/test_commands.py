"""Test that each command's options are the parameters of the function that it calls."""

from __future__ import annotations

import inspect
from importlib import import_module

import click
import pytest

from crawler.cli.main import holdfast
from crawler.cli.options import common_options

COMMANDS = holdfast.list_commands(click.Context(holdfast))


@click.command
@common_options
def without_options() -> None:
    """Define a command with only the common options."""


COMMON = {parameter.name for parameter in without_options.params}


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "db"])
def test_options_match_the_parameters_of_execute(name: str) -> None:
    command = import_module(f"crawler.cli.commands.{name}").command
    execute = import_module(f"crawler.cli.actions.{name}").execute
    options = {parameter.name for parameter in command.params} - COMMON
    assert options == inspect.signature(execute).parameters.keys() - {"common"}


@pytest.mark.parametrize(
    ("name", "subject"), [("explain", "the explanations"), ("report", "reports")]
)
def test_the_help_of_lang_names_the_texts_that_it_translates(name: str, subject: str) -> None:
    command = import_module(f"crawler.cli.commands.{name}").command
    (option,) = (each for each in command.params if each.name == "lang")
    assert option.help.startswith(f"Language of {subject}")
