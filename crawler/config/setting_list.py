"""List every setting with its default and its description: the comment at its field.

The reference page of the settings and `holdfast settings` are made from this list.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from crawler.config.hosts import HostRules
from crawler.config.model import Config
from crawler.config.type_messages import choices

# Tables whose keys users choose, and the word that stands for such a key.
_KEY_WORDS: Final[Mapping[str, str]] = {"hosts": "PATTERN", "wikis": "NAME"}


class Setting(Struct, frozen=True):
    """One setting.

    Attributes:
        path: Its place in the nested tables; a key that users choose is `PATTERN` or `NAME`.
        default: Its default value; None if it has none.
        description: What it does, in one line.
    """

    path: tuple[str, ...]
    default: Any
    description: str

    @property
    def key(self) -> str:
        """Return the dotted key, as in `hosts."PATTERN".interval`."""
        parts = []
        for part in self.path:
            is_chosen_by_users = part in _KEY_WORDS.values()
            parts.append(f'"{part}"' if is_chosen_by_users else part)
        return ".".join(parts)


def described_settings() -> Sequence[Setting]:
    """Return every setting, in the order of the configuration's records."""
    return list(_settings(Config, ()))


def _settings(struct_type: type[msgspec.Struct], parent: tuple[str, ...]) -> Iterator[Setting]:
    """Yield the settings of a class of the configuration.

    Args:
        struct_type: The class.
        parent: The path of the table that it describes.
    """
    comments = field_comments(struct_type)
    hints = get_type_hints(struct_type)
    for field in msgspec.structs.fields(struct_type):
        hint = hints[field.name]
        path = (*parent, field.name)
        nested_type = _nested_struct(field.name, hint)
        if nested_type is None:
            description = comments.get(field.name, "")
            default = None if field.default is msgspec.NODEFAULT else field.default
            description += _allowed_values(struct_type, field.name, description)
            yield Setting(path, default, description)
        elif nested_type is hint:
            yield from _settings(nested_type, path)
        else:  # users choose the keys of this table
            yield from _settings(nested_type, (*path, _KEY_WORDS.get(field.name, "NAME")))


def _nested_struct(name: str, hint: Any) -> type[msgspec.Struct] | None:
    """Return the class of a field's settings; None for a plain value.

    Args:
        name: The field's name.
        hint: The field's type: a class, or a table `dict[str, CLASS]`.
    """
    if name == "hosts":
        return HostRules  # stored as written, so that patterns can be merged
    values = get_args(hint)[1] if get_origin(hint) is dict else hint
    return values if isinstance(values, type) and issubclass(values, msgspec.Struct) else None


def field_comments(struct_type: type) -> Mapping[str, str]:
    """Return the comments of a class's fields by field name.

    A field's comment is at the end of its lines, or in the lines directly above it.

    Args:
        struct_type: A class whose source can be read.
    """
    lines = inspect.getsource(struct_type).splitlines()
    body = ast.parse("\n".join(lines)).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101  it is the source of one
    comments = {}
    for field in body.body:
        if not isinstance(field, ast.AnnAssign | ast.Assign):
            continue
        target = field.target if isinstance(field, ast.AnnAssign) else field.targets[0]
        comment = _comment_behind(field, lines) or _comment_above(field, lines)
        if comment and isinstance(target, ast.Name):
            comments[target.id] = comment
    return comments


def _allowed_values(struct_type: type[msgspec.Struct], name: str, comment: str) -> str:
    """Return "; one of ..." for a setting of type `Literal`; "" if the comment has all values."""
    allowed = choices(struct_type, [name])
    if all(f'"{value}"' in comment for value in allowed):
        return ""
    return "; one of " + ", ".join(f'"{value}"' for value in allowed)


def _comment_behind(field: ast.stmt, lines: Sequence[str]) -> str:
    """Return the comments at the ends of a field's lines, joined by spaces."""
    field_lines = lines[field.lineno - 1 : field.end_lineno]
    matches = (re.search(r"\s#\s+(.*)$", line) for line in field_lines)
    return " ".join(match[1] for match in matches if match)


def _comment_above(field: ast.stmt, lines: Sequence[str]) -> str:
    """Return the comment in the lines directly above a field, on one line."""
    above: list[str] = []
    for line in reversed(lines[: field.lineno - 1]):
        match = re.match(r"\s*#\s*(.*)$", line)
        if match is None:
            break
        above.insert(0, match[1])
    return " ".join(above)
