"""Front matter in YAML, TOML or JSON: its values at any depth, each with the place it stands at.

python-frontmatter finds and splits it; its handlers are given a `load` here that keeps positions and never expands an alias.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import frontmatter
import yaml
from frontmatter.default_handlers import BaseHandler, JSONHandler, YAMLHandler

from crawler.pages.dates import first_date

LONGEST = 262_144  # characters; more than this is no front matter but an attack or a mistake
_DATE_KEYS = ("date", "published", "publishdate", "pubdate", "created", "datecreated")
_OPENERS = ("---", "+++", "{")


class Value(NamedTuple):
    """One text value: its keys from the outermost, what it says, and the characters of the page it stands on (quotes included)."""

    keys: tuple[str, ...]
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stands before the body. `start` and `body` are character indexes; `error` and `error_line` (1-based) tell of a broken one."""

    start: int = 0
    body: int = 0
    values: tuple[Value, ...] = ()
    error: str = ""
    error_line: int = 0

    @property
    def title(self) -> str:
        """The page's title, if it gives one."""
        return next((value.text.strip() for value in self.values if value.keys == ("title",)), "")

    @property
    def dated(self) -> date | None:
        """The page's own date, if it gives one."""
        by_key = {value.keys[0].lower(): value.text for value in reversed(self.values) if len(value.keys) == 1}
        return next((day for key in _DATE_KEYS if (day := first_date(by_key.get(key, "")))), None)


class BrokenFrontMatter(ValueError):  # noqa: N818 - named as what it says
    """The front matter is not what it claims to be; `line` counts from 1 within it."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class _Yaml(YAMLHandler):  # type: ignore[misc]
    FM_BOUNDARY = re.compile(r"^-{3}[ \t]*$|(?<=\n)\.{3}[ \t]*$", re.MULTILINE)

    def load(self, fm: str, **_: object) -> list[Value] | None:
        """Every scalar in page order; None where this is no mapping, and so no front matter."""
        try:
            root = yaml.compose(fm, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise BrokenFrontMatter(error.problem or "not YAML", line) from None
        except yaml.YAMLError as error:
            raise BrokenFrontMatter(str(error).splitlines()[0], 1) from None
        except RecursionError:
            raise BrokenFrontMatter("nested too deeply", 1) from None
        if root is None:
            return []
        return list(_yaml_values(root)) if isinstance(root, yaml.MappingNode) else None


class _Toml(BaseHandler):  # type: ignore[misc]
    FM_BOUNDARY = re.compile(r"^\+{3}[ \t]*$", re.MULTILINE)

    def load(self, fm: str) -> list[Value]:
        """Every text and date in page order."""
        try:
            return list(_plain_values(fm, tomllib.loads(fm)))
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            line = re.search(r"at line (\d+)", str(error))
            raise BrokenFrontMatter(str(error), int(line[1]) if line else 1) from None


class _Json(JSONHandler):  # type: ignore[misc]
    def load(self, fm: str, **_: object) -> list[Value]:
        """Every text in page order."""
        try:
            return list(_plain_values(fm, json.loads(fm)))
        except json.JSONDecodeError as error:
            raise BrokenFrontMatter(error.msg, error.lineno) from None
        except RecursionError:
            raise BrokenFrontMatter("nested too deeply", 1) from None


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HANDLERS: tuple[BaseHandler, ...] = (_Yaml(), _Toml(), _Json())


def read_front_matter(text: str) -> FrontMatter:
    """Read what stands before the body; an empty record where nothing does."""
    if not text.startswith(_OPENERS):
        return FrontMatter()
    handler = frontmatter.detect_format(text, _HANDLERS)
    try:
        fm, content = handler.split(text)
    except (ValueError, AttributeError):  # no second boundary, or no handler: a page that begins with a rule
        return FrontMatter()
    body = len(text) - len(content)
    start = 0 if isinstance(handler, _Json) else handler.FM_BOUNDARY.match(text).end()
    if len(fm) > LONGEST:
        return FrontMatter(start=start, body=body, error=f"longer than {LONGEST} characters", error_line=1)
    try:
        values = handler.load(fm)
    except BrokenFrontMatter as error:
        return FrontMatter(start=start, body=body, error=str(error), error_line=text.count("\n", 0, start) + error.line)
    if values is None:
        return FrontMatter()
    return FrontMatter(start, body, tuple(value._replace(start=value.start + start, end=value.end + start) for value in values))


def _yaml_values(root: yaml.Node) -> Iterator[Value]:
    """Walk the composed nodes without recursion; an alias is its anchor's own node and is visited once."""
    seen: set[int] = set()
    waiting: list[tuple[tuple[str, ...], yaml.Node]] = [((), root)]
    while waiting:
        keys, node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            yield Value(keys, node.value, node.start_mark.index, node.end_mark.index)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend((keys, item) for item in reversed(node.value))
        elif isinstance(node, yaml.MappingNode):
            waiting.extend(
                ((*keys, str(key.value) if isinstance(key, yaml.ScalarNode) else ""), item) for key, item in reversed(node.value)
            )


def _plain_values(fm: str, root: Mapping[str, Any]) -> Iterator[Value]:
    """The values of parsed TOML or JSON, each looked up in the text behind the one before."""
    cursor = 0
    waiting: list[tuple[tuple[str, ...], Any]] = [((), root)]
    while waiting:
        keys, item = waiting.pop()
        if isinstance(item, Mapping):
            waiting.extend(((*keys, key), value) for key, value in reversed(item.items()))
        elif isinstance(item, list):
            waiting.extend((keys, value) for value in reversed(item))
        elif isinstance(item, str | date | datetime):
            text = str(item)
            at = fm.find(text, cursor)
            if at < 0:
                at = max(0, fm.find(text))
            cursor = max(cursor, at)
            yield Value(keys, text, at, at + len(text))
