"""What is raised for a configuration that cannot be used."""

from __future__ import annotations


class ConfigError(ValueError):
    """The configuration cannot be used; the message is one line that names the place and what to do."""
