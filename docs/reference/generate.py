"""Writes the reference pages that come from the code: `python docs/reference/generate.py`; with --check it only says whether they are current."""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import click
import msgspec

from crawler.archives.interface import Trust
from crawler.archives.services import SERVICES
from crawler.cli.main import holdfast
from crawler.config import Config, HostRules

HERE = Path(__file__).parent
_LOCKED_FOR = (3, 11)
_GENERATED = "<!-- written by docs/reference/generate.py: change the code, not this page -->\n\n"


def settings_page() -> str:
    """Every setting with its default; what it is stands as a comment behind its field."""
    rows = [f"| `{key}` | {default} | {what} |" for key, default, what in _settings(Config, "")]
    return (
        "# Settings\n\nHow they are given: [Configuration](../configuration.md).\n\n| key | default | is |\n|---|---|---|\n"
        + "\n".join(rows)
        + "\n"
    )


def commands_page() -> str:
    """What `--help` says of every command."""
    context = click.Context(holdfast, info_name="holdfast")
    head = "# Commands\n\nThe options of the first section may stand with every command. Exit codes: [the README](../../README.md).\n"
    parts = [head, _command(holdfast, "holdfast", own=frozenset())]
    common = frozenset(parameter.name or "" for parameter in holdfast.params)
    for name in holdfast.list_commands(context):
        command = holdfast.get_command(context, name)
        assert command is not None  # noqa: S101  the group names it
        parts.append(_command(command, f"holdfast {name}", own=common))
        if isinstance(command, click.Group):
            parts += [
                _command(sub, f"holdfast {name} {sub.name}", own=common)
                for sub in command.commands.values()
            ]
    return "\n".join(parts)


def services_page() -> str:
    """Every archive that is known."""
    meaning = {trust: _comment_of(Trust, trust.name) for trust in Trust}
    rows = [
        f"| `{service.name}` | {service.title} | {', '.join(service.hosts)} | {service.trust} |"
        for service in SERVICES
    ]
    trusts = [f"- **{trust}**: {what}" for trust, what in meaning.items()]
    return (
        "# Archive services\n\nHow mirrors are read and paired: [Archives](../archives.md).\n\n| name | service | hosts | trust |\n|---|---|---|---|\n"
        + "\n".join(rows)
        + "\n\n"
        + "\n".join(trusts)
        + "\n"
    )


def licences_page() -> str:
    """The licences of everything that is installed with Holdfast, as each says itself."""
    lock = (HERE.parents[1] / "requirements.lock").read_text("utf-8")
    names = re.findall(r"^([a-z0-9-]+)==\S+(?: ; (.*?))? \\$", lock, re.MULTILINE)
    rows = [
        f"| {name} | {_licence(name)} |"
        for name, marker in names
        if not marker or _is_installed(name)
    ]
    head = "# Licences\n\nHoldfast is under the MIT licence. What is installed with it (requirements.lock), in its own words:\n\n| package | licence |\n|---|---|\n"
    return head + "\n".join(rows) + "\n"


PAGES = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "services.md": services_page,
    "licences.md": licences_page,
}


def _licence(name: str) -> str:
    said = metadata(name)
    classified = [
        line.rpartition(" :: ")[2]
        for line in said.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    first_line = (said.get("License") or "").strip().partition("\n")[0]
    return _cell(said.get("License-Expression") or ", ".join(classified) or first_line or "unknown")


def _is_installed(name: str) -> bool:
    try:
        return bool(metadata(name))
    except PackageNotFoundError:  # for another system
        return False


def _settings(kind: type[msgspec.Struct], above: str) -> Iterator[tuple[str, str, str]]:
    comments, hints = _comments(kind), get_type_hints(kind)
    for field in msgspec.structs.fields(kind):
        hint, key = hints[field.name], f"{above}{field.name}"
        below = _struct_below(field.name, hint)
        if below is None:
            if field.name not in comments:
                raise SystemExit(
                    f"{kind.__name__}.{field.name}: say behind the field, as a comment, what it is"
                )
            yield key, _shown(field.default), _cell(comments[field.name])
        else:
            yield from _settings(
                below, f"{key}." if below is hint else f'{key}."{_KEYS.get(field.name, "NAME")}".'
            )


_KEYS = {"hosts": "PATTERN"}


def _struct_below(name: str, hint: Any) -> type[msgspec.Struct] | None:
    """The struct behind a field: its own, or that of a table's values."""
    if name == "hosts":
        return HostRules  # held as they were written, so that patterns can be merged
    values = get_args(hint)[1] if get_origin(hint) is dict else hint
    return values if isinstance(values, type) and issubclass(values, msgspec.Struct) else None


def _comments(kind: type) -> dict[str, str]:
    """The comments behind a class's fields."""
    lines = inspect.getsource(kind).splitlines()
    body = ast.parse("\n".join(lines)).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101  it is the source of one
    fields = (each for each in body.body if isinstance(each, ast.AnnAssign | ast.Assign))
    found = {}
    for each in fields:
        target = each.target if isinstance(each, ast.AnnAssign) else each.targets[0]
        match = re.search(r"\s#\s+(.*)$", lines[(each.end_lineno or each.lineno) - 1])
        if match and isinstance(target, ast.Name):
            found[target.id] = match[1]
    return found


def _comment_of(kind: type, name: str) -> str:
    return _cell(_comments(kind).get(name, ""))


def _shown(default: Any) -> str:
    if default is msgspec.NODEFAULT or default is None or default in ("", (), {}):
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return (
        f"`{json.dumps(default, ensure_ascii=False, default=repr)}`"
        if isinstance(default, str | int | float)
        else "none"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _command(command: click.Command, path: str, *, own: frozenset[str]) -> str:
    """One command as a section; options named in `own` are left out."""
    context = click.Context(
        command, info_name=path, **holdfast.context_settings
    )  # click keeps the help option it makes first
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    help_text = inspect.cleandoc(command.help or "").replace("\b\n", "")
    parts = [f"## {path}\n", help_text, f"\n```\n{usage}\n```\n"]
    records = [
        parameter.get_help_record(context)
        for parameter in command.params
        if parameter.name not in own
    ]
    rows = [
        f"| `{_cell(record[0])}` | {_cell(record[1])} |"
        for record in records
        if record and record[1]
    ]
    if rows:
        parts += ["| option | does |", "|---|---|", *rows, ""]
    if command.epilog:
        examples = (
            inspect.cleandoc(command.epilog.replace("\b\n", ""))
            .removeprefix("Examples:")
            .strip("\n")
        )
        parts += ["```", inspect.cleandoc(examples), "```", ""]
    return "\n".join(parts)


def main() -> int:
    """Write the pages, or check them; 1 where one is not current."""
    stale = []
    for name, make in PAGES.items():
        page, file = _GENERATED + make(), HERE / name
        if file.is_file() and file.read_text("utf-8") == page:
            continue
        if (
            name == "licences.md" and sys.version_info[:2] != _LOCKED_FOR
        ):  # another Python installs others
            continue
        if "--check" in sys.argv:
            stale.append(name)
        else:
            file.write_text(page, "utf-8")
    if stale:
        print(
            f"not current: {', '.join(stale)}; run python docs/reference/generate.py",
            file=sys.stderr,
        )
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
