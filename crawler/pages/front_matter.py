"""Front matter in YAML, TOML or JSON: its values at any depth, each with the place it stands at.

python-frontmatter finds and splits it; its handlers are given a `load` here that keeps positions and never expands an alias.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple

import frontmatter
import yaml
from frontmatter.default_handlers import BaseHandler, JSONHandler, YAMLHandler

from crawler.files.toml import TomlError, load_toml
from crawler.pages.dates import first_date

MAX_CHARACTERS = 262_144  # characters; more than this is no front matter but an attack or a mistake
_MAX_BRACKETS = 2000  # brackets
_DATE_KEYS = ("date", "published", "publishdate", "pubdate", "created", "datecreated")
_OPENERS = ("---", "+++", "{")


class FrontMatterValue(NamedTuple):
    """One text value: what it says, and the characters of the page it stands on (quotes included)."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stands before the body.

    `start` and `body` are character indexes; `values` has a value's keys and list indexes, joined by full stops; `error` and `error_line`
    (1-based) tell of a broken one.
    """

    start: int = 0
    body: int = 0
    values: Mapping[str, FrontMatterValue] = field(default_factory=dict)
    error: str = ""
    error_line: int = 0

    @property
    def title(self) -> str:
        """The page's title, if it gives one."""
        return self.values["title"].text.strip() if "title" in self.values else ""

    @property
    def dated(self) -> date | None:
        """The page's own date, if it gives one."""
        by_key = {key.lower(): value.text for key, value in self.values.items()}
        return next((day for key in _DATE_KEYS if (day := first_date(by_key.get(key, "")))), None)


class BrokenFrontMatter(ValueError):
    """The front matter is not what it claims to be; `line` counts from 1 within it."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class _NotFrontMatter(ValueError):
    """What stands between the rules is text of the page."""


class _Yaml(YAMLHandler):
    FM_BOUNDARY = re.compile(r"^-{3}[ \t\r]*$|(?<=\n)\.{3}[ \t\r]*$", re.MULTILINE)

    def load(self, fm: str, **_: object) -> dict[str, Any]:
        """Every scalar in page order. Raises `_NotFrontMatter` where this is no mapping."""
        if (
            fm.count("[") + fm.count("{") > _MAX_BRACKETS
        ):  # libyaml takes the square of their depth in time
            raise BrokenFrontMatter("nested too deeply", 1)
        try:
            return dict(_yaml_values(yaml.parse(fm, Loader=_LOADER)))
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise BrokenFrontMatter(error.problem or "not YAML", line) from None
        except yaml.YAMLError as error:
            raise BrokenFrontMatter(str(error).splitlines()[0], 1) from None


class _Toml(BaseHandler):
    FM_BOUNDARY = re.compile(r"^\+{3}[ \t\r]*$", re.MULTILINE)

    def load(self, fm: str) -> dict[str, Any]:
        """Every text and date in page order."""
        try:
            return dict(_plain_values(fm, load_toml(fm)))
        except TomlError as error:
            raise BrokenFrontMatter(str(error), error.line) from None


class _Json(JSONHandler):
    def load(self, fm: str, **_: object) -> dict[str, Any]:
        """Every text in page order."""
        try:
            # Numbers are of no use here, and an integer may have more digits than Python reads.
            return dict(_plain_values(fm, json.loads(fm, parse_int=float)))
        except json.JSONDecodeError as error:
            raise BrokenFrontMatter(error.msg, error.lineno) from None
        except RecursionError:
            raise BrokenFrontMatter("nested too deeply", 1) from None


# Most front matter is lines of words, some in quotation marks, and lists of such. To read those takes a tenth of what the parser's events take.
_OPEN = "‘“「『《【（"
_WORDS = rf"\w ,.()/+&?!\-·’”…—、。》」』】），；：！？{_OPEN}"
_SIMPLE_LINE = re.compile(
    rf"""(?:(\w[\w-]{{0,99}}):(?=[ \n])|-(?=[ ]))
    (?:[ ]{{1,9}}([\w{_OPEN}](?![^\n]{{0,999}}:[ \n])[{_WORDS}:"]{{0,499}}?|"[{_WORDS}:#]{{0,500}}"))?(?:[ ]{{1,9}}\#[{_WORDS}:#]{{0,500}}|[ ]{{0,9}})\n""",
    re.VERBOSE,
)

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # values stay as written
_HANDLERS: tuple[BaseHandler, ...] = (_Yaml(), _Toml(), _Json())


def read_front_matter(text: str) -> FrontMatter:
    """Read what stands before the body; an empty record where nothing does. A byte order mark is no part of either."""
    unmarked = text.lstrip("\ufeff")
    if marks := len(text) - len(unmarked):
        matter = read_front_matter(unmarked)
        values = {
            keys: FrontMatterValue(value, start + marks, end + marks)
            for keys, (value, start, end) in matter.values.items()
        }
        return replace(matter, start=matter.start + marks, body=matter.body + marks, values=values)
    if simple := _read_simple(text):
        return simple
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
    if len(fm) > MAX_CHARACTERS:
        return FrontMatter(
            start=start, body=body, error=f"longer than {MAX_CHARACTERS} characters", error_line=1
        )
    try:
        found = _load(handler, fm)
    except BrokenFrontMatter as error:
        return FrontMatter(
            start=start,
            body=body,
            error=str(error),
            error_line=text.count("\n", 0, start) + error.line,
        )
    except _NotFrontMatter:
        return FrontMatter()
    return FrontMatter(
        start,
        body,
        {keys: FrontMatterValue(text, at + start, end + start) for keys, (text, at, end) in found.items()},
    )


def _load(handler: BaseHandler, fm: str) -> Mapping[str, FrontMatterValue]:
    """Parse front matter. Raises BrokenFrontMatter whatever the parser raised."""
    try:
        values: Mapping[str, FrontMatterValue] = handler.load(fm)
    except (BrokenFrontMatter, _NotFrontMatter):
        raise
    except Exception as error:  # noqa: BLE001 - a page is not to end a scan by what its parser lacks
        raise BrokenFrontMatter(f"its parser failed ({type(error).__name__})", 1) from None
    return values


def top_level_strings(text: str) -> Mapping[str, str]:
    """Return the texts at the top of a YAML mapping by their keys; lists and mappings are left out.

    Nothing is built and no alias is followed. Raises BrokenFrontMatter.
    """
    try:
        values = _load(_Yaml(), text)
    except _NotFrontMatter:
        return {}
    return {keys: value.text for keys, value in values.items()}


def _read_simple(text: str) -> FrontMatter | None:
    """Front matter in YAML that is nothing but `_SIMPLE_LINE`s; None where it is more than that, or wrong."""
    opening = _Yaml.FM_BOUNDARY.match(text)
    if opening is None:
        return None
    values: dict[str, FrontMatterValue] = {}
    key, items = "", -1  # how many the list under the key has; -1 where none can stand there
    read_up_to = opening.end() + 1
    while line := _SIMPLE_LINE.match(text, read_up_to):
        name, written = line.groups()
        if name in values:
            return None
        if name and written is None:
            key, items = name, 0
            values[key] = FrontMatterValue("", line.end(1) + 1, line.end(1) + 1)
        elif name:
            items = -1
            values[name] = _simple_value(written, line)
        elif written is None or items < 0:
            return None
        else:
            values.pop(key, None)
            values[f"{key}.{items}"] = _simple_value(written, line)
            items += 1
        read_up_to = line.end()
    closing = _Yaml.FM_BOUNDARY.match(text, read_up_to)
    if closing is None or closing.start() - opening.end() > MAX_CHARACTERS:
        return None
    return FrontMatter(opening.end(), closing.end(), values)


def _simple_value(written: str, line: re.Match[str]) -> FrontMatterValue:
    return FrontMatterValue(written[1:-1] if written[0] == '"' else written, *line.span(2))


def _yaml_values(events: Iterator[yaml.Event]) -> Iterator[tuple[str, FrontMatterValue]]:
    """The scalars of the first document, read from the parser's events: no recursion to exhaust, and an alias stays what it is, a name."""
    inside: list[_Collection] = []
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            inside.pop()
            if not inside:
                return
        elif isinstance(event, yaml.NodeEvent):
            if not inside and not isinstance(event, yaml.MappingStartEvent):
                raise _NotFrontMatter
            keys = inside[-1].next_keys(event) if inside else ""
            if isinstance(event, yaml.CollectionStartEvent):
                inside.append(
                    _Collection(keys or "", is_mapping=isinstance(event, yaml.MappingStartEvent))
                )
            elif isinstance(event, yaml.ScalarEvent) and keys is not None:
                yield keys, FrontMatterValue(event.value, *_span(event))


def _span(event: yaml.Event) -> tuple[int, int]:
    start, end = event.start_mark, event.end_mark
    return (start.index, end.index) if start and end else (0, 0)


class _Collection:
    """A mapping or sequence being read: its own keys, and the key or index of what comes next."""

    def __init__(self, keys: str, *, is_mapping: bool) -> None:
        self.keys, self.is_mapping = keys, is_mapping
        self.key: str | None = None
        self.index = 0

    def next_keys(self, event: yaml.NodeEvent) -> str | None:
        """The keys of the node that `event` begins; None where that node is a key itself."""
        if not self.is_mapping:
            self.index += 1
            return _join_keys(self.keys, str(self.index - 1))
        if self.key is None:
            self.key = str(getattr(event, "value", ""))
            return None
        keys, self.key = _join_keys(self.keys, self.key), None
        return keys


def _plain_values(fm: str, root: Mapping[str, Any]) -> Iterator[tuple[str, FrontMatterValue]]:
    """The values of parsed TOML or JSON, each looked up in the text behind the one before."""
    cursor = 0
    waiting: list[tuple[str, Any]] = [("", root)]
    while waiting:
        keys, item = waiting.pop()
        if isinstance(item, Mapping):
            waiting.extend(
                (_join_keys(keys, key), value) for key, value in reversed(list(item.items()))
            )
        elif isinstance(item, list):
            waiting.extend(
                (_join_keys(keys, str(index)), value)
                for index, value in reversed(list(enumerate(item)))
            )
        elif isinstance(item, str | date | datetime):
            text = str(item)
            at = fm.find(text, cursor)
            if at < 0:
                at = max(0, fm.find(text))
            cursor = max(cursor, at)
            yield keys, FrontMatterValue(text, at, at + len(text))


def _join_keys(keys: str, key: str) -> str:
    return f"{keys}.{key}" if keys else key
