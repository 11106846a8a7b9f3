"""Read front matter in YAML, TOML or JSON: its values at any depth, each with its position.

python-frontmatter finds and splits it. The handlers below replace its `load`, so that positions
are kept and no YAML alias is expanded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import frontmatter
import yaml
from frontmatter.default_handlers import BaseHandler, JSONHandler, YAMLHandler

from crawler.files.toml import TomlError, load_toml
from crawler.pages.front_matter.values import (
    BrokenFrontMatter,
    FrontMatterValue,
    NotFrontMatter,
    plain_values,
    yaml_values,
)
from crawler.pages.source.dates import first_date

MAX_CHARACTERS = 262_144  # longer front matter is an attack or a mistake
_MAX_BRACKETS = 2000  # libyaml's time grows with the square of their depth
_DATE_KEYS = ("date", "published", "publishdate", "pubdate", "created", "datecreated")
_OPENERS = ("---", "+++", "{")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The front matter of a page.

    Attributes:
        start: Character index of its first value.
        body: Character index of the page's body.
        values: By key path: the keys and list indexes that lead to a value, joined by full stops.
        error: What is wrong with it, or "".
        error_line: The line of the error, from 1.
    """

    start: int = 0
    body: int = 0
    values: Mapping[str, FrontMatterValue] = field(default_factory=dict)
    error: str = ""
    error_line: int = 0

    @property
    def title(self) -> str:
        """Return the title of the page, or ""."""
        return self.values["title"].text.strip() if "title" in self.values else ""

    @property
    def dated(self) -> date | None:
        """Return the date of the page, or None."""
        by_key = {key.lower(): value.text for key, value in self.values.items()}
        days = (first_date(by_key.get(key, "")) for key in _DATE_KEYS)
        return next(filter(None, days), None)


class _Yaml(YAMLHandler):
    FM_BOUNDARY = re.compile(r"^-{3}[ \t\r]*$|(?<=\n)\.{3}[ \t\r]*$", re.MULTILINE)

    def load(self, fm: str, **_: object) -> dict[str, Any]:
        """Return every scalar in page order. Raises `NotFrontMatter` if this is no mapping."""
        if fm.count("[") + fm.count("{") > _MAX_BRACKETS:
            raise BrokenFrontMatter("nested too deeply", 1)
        try:
            return dict(yaml_values(yaml.parse(fm, Loader=_LOADER)))
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise BrokenFrontMatter(error.problem or "not YAML", line) from None
        except yaml.YAMLError as error:
            raise BrokenFrontMatter(str(error).splitlines()[0], 1) from None


class _Toml(BaseHandler):
    FM_BOUNDARY = re.compile(r"^\+{3}[ \t\r]*$", re.MULTILINE)

    def load(self, fm: str) -> dict[str, Any]:
        """Return every text and date in page order."""
        try:
            return dict(plain_values(fm, load_toml(fm)))
        except TomlError as error:
            raise BrokenFrontMatter(str(error), error.line) from None


class _Json(JSONHandler):
    def load(self, fm: str, **_: object) -> dict[str, Any]:
        """Return every text in page order."""
        try:
            # Numbers are not used, and an integer may have more digits than Python accepts.
            return dict(plain_values(fm, json.loads(fm, parse_int=float)))
        except json.JSONDecodeError as error:
            raise BrokenFrontMatter(error.msg, error.lineno) from None
        except RecursionError:
            raise BrokenFrontMatter("nested too deeply", 1) from None


# Most front matter consists of `key: words`, some quoted, and of lists of words. Reading these by a
# regular expression takes a tenth of the parser's time.
_OPEN = "‘“「『《【（"
_WORDS = rf"\w ,.()/+&?!\-·’”…—、。》」』】），；：！？{_OPEN}"
_SIMPLE_LINE = re.compile(
    rf"""(?:(\w[\w-]{{0,99}}):(?=[ \n])|-(?=[ ]))
    (?:[ ]{{1,9}}(
        [\w{_OPEN}](?![^\n]{{0,999}}:[ \n])[{_WORDS}:"]{{0,499}}?
      | "[{_WORDS}:#]{{0,500}}"
    ))?
    (?:[ ]{{1,9}}\#[{_WORDS}:#]{{0,500}}|[ ]{{0,9}})\n""",
    re.VERBOSE,
)

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # values stay as written
# The language of front matter as gray-matter reads it (Eleventy): https://github.com/jonschlinkert/gray-matter
_NAMED_OPENING = re.compile(r"---[ \t]*(json|toml|ya?ml)[ \t]*\r?\n", re.IGNORECASE)
_JSON_OBJECT = re.compile(r"\{\s*\"")
_DECODER = json.JSONDecoder(parse_int=float)  # an integer may have more digits than Python accepts
_NAMED_CLOSING = re.compile(r"^---[ \t\r]*$", re.MULTILINE)
_YAML, _TOML, _JSON = _Yaml(), _Toml(), _Json()
_HANDLERS: tuple[BaseHandler, ...] = (_YAML, _TOML, _JSON)
_HANDLERS_BY_NAME: Mapping[str, BaseHandler] = {
    "json": _JSON, "toml": _TOML, "yaml": _YAML, "yml": _YAML,
}  # fmt: skip


def read_front_matter(text: str) -> FrontMatter:
    """Return the front matter of a page, or an empty record if there is none.

    A byte order mark belongs neither to the front matter nor to the body.
    """
    unmarked = text.lstrip("\ufeff")
    if marks := len(text) - len(unmarked):
        return _shifted(read_front_matter(unmarked), marks)
    if simple := _read_simple(text):
        return simple
    if named := _NAMED_OPENING.match(text):
        return _read_named(text, named)
    if end := _json_object_end(text):
        return _parsed(text, _JSON, text[:end], (0, end))
    handler = frontmatter.detect_format(text, _HANDLERS) if text.startswith(_OPENERS) else None
    opening = handler.FM_BOUNDARY.match(text) if handler and handler.FM_BOUNDARY else None
    if handler is None or opening is None:
        return FrontMatter()
    try:
        fm, content = handler.split(text)
    except ValueError:  # no second boundary: a page that begins with a rule
        return FrontMatter()
    body = len(text) - len(content)
    start = opening.start() if isinstance(handler, _Json) else opening.end()
    return _parsed(text, handler, fm, (start, body))


def _json_object_end(text: str) -> int:
    """Return the index behind the JSON object that a page begins with, or 0 if there is none.

    To Hugo, front matter in JSON ends with the brace that closes it, on whatever line that is.
    """
    if not _JSON_OBJECT.match(text):
        return 0
    try:
        _, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return 0
    return end if text[end : end + 1] in {"", "\r", "\n"} else 0


def _read_named(text: str, opening: re.Match[str]) -> FrontMatter:
    """Return front matter whose language is named behind the opening rule, such as `---json`."""
    start = opening.end()
    closing = _NAMED_CLOSING.search(text, start)
    if closing is None:
        return FrontMatter()
    handler = _HANDLERS_BY_NAME[opening[1].lower()]
    return _parsed(text, handler, text[start : closing.start()], (start, closing.end()))


def _parsed(text: str, handler: BaseHandler, fm: str, span: tuple[int, int]) -> FrontMatter:
    """Return the front matter of a page.

    Args:
        text: The page.
        handler: The handler of its language.
        fm: The front matter without its rules.
        span: The character indexes of its start and of the page's body.
    """
    start, body = span
    if len(fm) > MAX_CHARACTERS:
        problem = f"longer than {MAX_CHARACTERS} characters"
        return FrontMatter(start=start, body=body, error=problem, error_line=1)
    try:
        found = _load(handler, fm)
    except BrokenFrontMatter as error:
        line = text.count("\n", 0, start) + error.line
        return FrontMatter(start=start, body=body, error=str(error), error_line=line)
    except NotFrontMatter:
        return FrontMatter()
    return _shifted(FrontMatter(body=body - start, values=found), start)


def _shifted(matter: FrontMatter, by: int) -> FrontMatter:
    """Return front matter with all character indexes increased."""
    values = {
        key_path: FrontMatterValue(text, start + by, end + by)
        for key_path, (text, start, end) in matter.values.items()
    }
    return replace(matter, start=matter.start + by, body=matter.body + by, values=values)


def _load(handler: BaseHandler, fm: str) -> Mapping[str, FrontMatterValue]:
    """Parse front matter.

    Returns:
        Its values by key path.

    Raises:
        BrokenFrontMatter: The parser raised an exception.
        NotFrontMatter: The text is part of the page.
    """
    try:
        values: Mapping[str, FrontMatterValue] = handler.load(fm)
    except (BrokenFrontMatter, NotFrontMatter):
        raise
    except Exception as error:  # noqa: BLE001 - a parser's mistake must not end a scan
        raise BrokenFrontMatter(f"its parser failed ({type(error).__name__})", 1) from None
    return values


def top_level_strings(text: str) -> Mapping[str, str]:
    """Return the strings at the top of a YAML mapping by key; lists and mappings are left out.

    Nothing is constructed and no alias is followed.

    Raises:
        BrokenFrontMatter: The text cannot be parsed.
    """
    try:
        values = _load(_YAML, text)
    except NotFrontMatter:
        return {}
    return {key: value.text for key, value in values.items()}


def _read_simple(text: str) -> FrontMatter | None:
    """Return YAML front matter made of `_SIMPLE_LINE`s only, or None if it is anything else."""
    opening = _Yaml.FM_BOUNDARY.match(text)
    if opening is None:
        return None
    values: dict[str, FrontMatterValue] = {}
    list_key = ""  # the key of the list being read
    list_length = -1  # -1 where no list item may follow
    read_up_to = opening.end() + 1
    while line := _SIMPLE_LINE.match(text, read_up_to):
        name, written = line.groups()
        if name in values:
            return None
        if name and written is None:
            list_key, list_length = name, 0
            values[name] = FrontMatterValue("", line.end(1) + 1, line.end(1) + 1)
        elif name:
            list_length = -1
            values[name] = _simple_value(written, line)
        elif written is None or list_length < 0:
            return None
        else:
            values.pop(list_key, None)  # the key has a list, not an empty value
            values[f"{list_key}.{list_length}"] = _simple_value(written, line)
            list_length += 1
        read_up_to = line.end()
    closing = _Yaml.FM_BOUNDARY.match(text, read_up_to)
    if closing is None or closing.start() - opening.end() > MAX_CHARACTERS:
        return None
    return FrontMatter(opening.end(), closing.end(), values)


def _simple_value(written: str, line: re.Match[str]) -> FrontMatterValue:
    """Return the value of a match of `_SIMPLE_LINE`, without its quotation marks."""
    text = written[1:-1] if written[0] == '"' else written
    return FrontMatterValue(text, *line.span(2))
