"""Convert the targets of cross references, includes and images to paths from their page.

In an Antora component (https://docs.antora.org/antora/latest/page/resource-id-coordinates/) these
targets are names of resources: `version@component:module:family$path`. Those of other components
cannot be found in the wiki.
"""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple

SUFFIXES = (".adoc", ".asciidoc", ".asc")
_FOLDERS = {
    "page": "pages", "partial": "partials", "image": "images", "example": "examples",
    "attachment": "attachments",
}  # fmt: skip
_MODULE = re.compile(r"(.*?/)??modules/([^/]+)/")
_RESOURCE = re.compile(
    r"(?:(?P<version>[^@:$/]*)@)?(?:(?P<component>[^:$/]*):(?=[^:$/]*:))?"
    r"(?:(?P<module>[^:$/]*):)?(?:(?P<family>page|partial|image|example|attachment)\$)?"
    r"(?P<path>[^:]*)\Z"
)


class _Module(NamedTuple):
    """The module of an Antora component that a page is in: the folder above it, and its name."""

    base: str
    name: str


def _module_of(page: str) -> _Module | None:
    """Return the module that a page is in; None outside of an Antora component."""
    found = _MODULE.match(page)
    return _Module(f"{found[1] or ''}modules", found[2]) if found else None


def resource_path(target: str, page: str, family: str) -> str | None:
    """Return the path from a page to a resource; None if it is in another component.

    Args:
        target: The target as written, with its fragment.
        page: The path of the page.
        family: What a target without a family is: `page` or `image`; `include` for the target
            of an include directive, which is a path unless it names a family or module.

    >>> page = "docs/modules/ROOT/pages/a/b.adoc"
    >>> resource_path("c.adoc#d", page, "page"), resource_path("m:c.adoc", page, "page")
    ('../c.adoc#d', '../../../m/pages/c.adoc')
    >>> resource_path("partial$c.adoc", page, "page"), resource_path("x:m:c.adoc", page, "page")
    ('../../partials/c.adoc', None)
    >>> resource_path("c.adoc", "docs/b.adoc", "page")
    'c.adoc'
    """
    module = _module_of(page)
    is_example = module is not None and f"/{module.name}/examples/" in f"/{page}"
    if is_example or (module is None and "$" in target):
        return None  # examples are mostly shown as code
    if module is None or not target or target.startswith(("#", "./", "../", "/")):
        return target
    path, mark, fragment = target.partition("#")
    found = _RESOURCE.match(path)
    if found is None:
        return None
    if found["version"] is not None or found["component"]:
        return None
    if family == "include" and not found["family"] and found["module"] is None:
        return target
    kind = found["family"] or ("page" if family == "include" else family)
    folder = f"{module.base}/{found['module'] or module.name}/{_FOLDERS[kind]}"
    relative = posixpath.relpath(f"{folder}/{found['path']}", posixpath.dirname(page))
    return f"{relative}{mark}{fragment}"


def reference_target(written: str, page: str) -> str | None:
    """Return the target of a cross reference as a path with a fragment, or None.

    Args:
        written: The target in `xref:target[]` or `<<target>>`.
        page: The path of its page.

    >>> reference_target("b.adoc#c", "a.adoc"), reference_target("some-id", "a.adoc")
    ('b.adoc#c', '#some-id')
    """
    path, mark, fragment = written.partition("#")
    is_file = path.lower().endswith(SUFFIXES) or (mark and path)
    if not is_file and ("/" in path or path.endswith(".html")):
        return None  # a file of another component
    if not is_file:
        return f"#{fragment if mark else path}"
    return resource_path(f"{path}#{fragment}" if fragment else path, page, "page")
