"""Define how the blocks of a reStructuredText page begin, after the patterns of docutils."""

from __future__ import annotations

import re

from crawler.pages.formats.rst.inline_patterns import SIMPLE_NAME

BULLET = re.compile(r"[-+*•‣⁃](?: +|$)")
ENUMERATOR = re.compile(
    r"(?:\((?:#|[0-9]+|[a-zA-Z]|[ivxlcdmIVXLCDM]+)\)|(?:#|[0-9]+|[a-zA-Z]|[ivxlcdmIVXLCDM]+)[.)])"
    r"(?: +|$)"
)
FIELD = re.compile(r":(?![: ])((?:[^:\\]|\\.|:(?!(?:[ `]|$)))*)(?<! ):(?: +|$)")
ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*\Z")
GRID_BORDER = re.compile(r"\+-[-+]+-\+\Z")
SIMPLE_BORDER = re.compile(r"=+(?: +=+)+\Z")
DOCTEST = re.compile(r">>>(?: |$)")
FOOTNOTE = re.compile(rf"\[([0-9]+|#(?:{SIMPLE_NAME})?|\*|{SIMPLE_NAME})\](?: +|$)")
TARGET = re.compile(
    r"_(?:_|(?!_)(?P<quote>`?)(?![ `])(?P<name>(?:\\.|[^\\])+?)(?P=quote))(?<!(?<!\\):) ?:(?: +|$)"
)
ANONYMOUS = re.compile(r"__(?: +|$)")
SUBSTITUTION = re.compile(r"\|(?! )(?:\\.|[^\\|])+?\|(?:[ ]*\n)?[ \t]+")
DIRECTIVE = re.compile(rf"({SIMPLE_NAME}) ?::(?: +|$)")
