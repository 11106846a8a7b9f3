"""List the addresses that docutils finds on a page."""

from __future__ import annotations

from collections import Counter
from typing import Any
from unittest.mock import patch

import docutils.core
from docutils import nodes
from docutils.parsers.rst import Directive, directives, roles


class _AnyOptions(dict[str, Any]):
    """Options of any name."""

    def __getitem__(self, name: str) -> Any:
        return directives.unchanged

    def __bool__(self) -> bool:
        return True


class _Unknown(Directive):  # type: ignore[misc]
    """Read the content of a directive of Sphinx and its extensions."""

    optional_arguments, final_argument_whitespace, has_content = 1, True, True
    option_spec = _AnyOptions()

    def run(self) -> list[nodes.Node]:
        node = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


class _Code(_Unknown):
    def run(self) -> list[nodes.Node]:
        return []


CODE = frozenset(
    [
        "code-block",
        "sourcecode",
        "highlight",
        "include",
        "literalinclude",
        "toctree",
        "prompt",
        "graphviz",
        "raw",
        "autosummary",
        "plot",
        "testcode",
        "index",
        "productionlist",
        "currentmodule",
        "module",
        "doctest",
        "digraph",
        "math",
        "code",
        "meta",
        "target-notes",
        "automodule",
        "autoclass",
        "autofunction",
        "automethod",
    ]
)
_find_directive, _find_role = directives.directive, roles.role


def _directive(name: str, *context: Any) -> Any:
    found = _Code if name in CODE else _find_directive(name, *context)[0]
    return found or _Unknown, []


def _role(name: str, *context: Any) -> Any:
    found = None if name in {"pep", "rfc", "PEP", "RFC"} else _find_role(name, *context)[0]
    return found or _literal_role, []


def _literal_role(name: str, rawtext: str, text: str, *_: Any) -> Any:
    return [nodes.literal(rawtext, text)], []


def docutils_addresses(text: str) -> Counter[str]:
    """Return the addresses of a page, with the number of references and images."""
    settings = {
        "report_level": 5, "halt_level": 5, "file_insertion_enabled": False, "raw_enabled": False,
        "_disable_config": True, "smart_quotes": False, "doctitle_xform": False, "warning_stream": "",
    }  # fmt: skip
    with patch.object(directives, "directive", _directive), patch.object(roles, "role", _role):
        document = docutils.core.publish_doctree(text, settings_overrides=settings)
    found = [each["refuri"] for each in document.findall(nodes.reference) if "refuri" in each]
    targets = (each for each in document.findall(nodes.target) if "refuri" in each)
    found += [each["refuri"] for each in targets if not each.referenced]  # also citations
    found += [each["uri"] for each in document.findall(nodes.image)]
    return Counter(found)
