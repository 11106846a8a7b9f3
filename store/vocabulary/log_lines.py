"""Make untrusted texts safe on one line of a log or a terminal.

Reports, the command line and the log of Scrapy's own commands use it.
"""

from __future__ import annotations

import re

_JOINERS = "\u200c\u200d"  # invisible, but Persian and emoji need them
_UNPRINTABLE = re.compile(r"[^ -~]")
_COMMAND = re.compile(r"(##\w*)\[")


def one_log_line(text: str) -> str:
    r"""Return a text with line ends, control characters and commands to a CI runner escaped.

    Characters that are not printable, bidirectional marks among them, become Python's escapes.

    >>> one_log_line("GET /a\r\n::error::b \x1b[31m\u202e 微信")
    'GET /a\\r\\n::error::b \\x1b[31m\\u202e 微信'
    >>> one_log_line("::error::a"), one_log_line("a ##vso[b]")
    ('\\x3a:error::a', 'a ##vso\\x5bb]')
    """
    if not text.isprintable():
        text = _UNPRINTABLE.sub(_escape, text)
    # GitHub's runner reads "::" at the start of a line, after any white space, as a command:
    # https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
    if text.lstrip().startswith("::"):
        text = text.replace(":", "\\x3a", 1)
    return escape_commands(text, "\\x5b")


def escape_commands(text: str, bracket: str) -> str:
    """Return a text without commands that CI runners read anywhere in a line.

    These are `##[error]` of GitHub and Azure Pipelines, `##vso[task.setvariable variable=a]b` of
    Azure Pipelines and `##teamcity[message text='a']` of TeamCity.

    Args:
        text: Any text.
        bracket: What replaces the opening bracket of a command.

    >>> escape_commands("##[error]a ##vso[b] ## [c] #[d]", "%5B")
    '##%5Berror]a ##vso%5Bb] ## [c] #[d]'
    """
    return _COMMAND.sub(lambda found: found[1] + bracket, text) if "##" in text else text


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    return char if char.isprintable() or char in _JOINERS else repr(char)[1:-1]
