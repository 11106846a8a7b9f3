"""Explain an import that failed because another package has the name of a package of Holdfast."""

from __future__ import annotations

from typing import Final

_PACKAGES: Final = ("crawler", "reports", "store")


def describe_hidden_package(error: ModuleNotFoundError) -> str:
    """Return what is wrong and what to do; "" if another module is missing.

    >>> describe_hidden_package(ModuleNotFoundError(name="store.schema")).partition(":")[0]
    "another package 'store' hides Holdfast's"
    >>> describe_hidden_package(ModuleNotFoundError(name="psycopg"))
    ''
    """
    package, _, module = (error.name or "").partition(".")
    if package not in _PACKAGES or not module:
        return ""
    return (
        f"another package {package!r} hides Holdfast's: "
        "rename it, or run Holdfast in another folder or environment"
    )
