"""Name the version of Holdfast."""

from __future__ import annotations

# The name on the package index; `holdfast` there is another program.
DISTRIBUTION = "holdfast-crawler"


def holdfast_version() -> str:
    """Return the version, or "unknown" for a copy that is not installed."""
    # Imported here: commands that do not need it do not wait for it.
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"


def documentation_url() -> str:
    """Return the address of the documentation that the installed package names, or ""."""
    from importlib.metadata import PackageNotFoundError, metadata  # noqa: PLC0415

    try:
        urls = metadata(DISTRIBUTION).get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    url_by_label = dict(each.split(", ", 1) for each in urls if ", " in each)
    return str(url_by_label.get("Documentation", ""))
