"""Validate documents against JSON Schemas."""

from __future__ import annotations

import json
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.protocols import Validator


def published(name: str) -> dict[str, Any]:
    """Return a schema of Holdfast's own."""
    schema: dict[str, Any] = json.loads(
        files("reports").joinpath("schemas", name).read_text(encoding="utf-8")
    )
    return schema


@cache
def validator(schema: str | Path) -> Validator:
    """Return a validator of a published schema or of a file, for its draft and with its formats.

    `jsonschema` is imported when it is needed: it builds 38 parsers, and each process that runs
    tests imports all of their modules.
    """
    jsonschema = import_module("jsonschema")
    loaded = published(schema) if isinstance(schema, str) else json.loads(schema.read_text("utf-8"))
    validates = jsonschema.validators.validator_for(loaded, default=None)
    assert validates, f"{schema} has no $schema"
    validates.check_schema(loaded)
    made: Validator = validates(loaded, format_checker=jsonschema.FormatChecker())
    return made
