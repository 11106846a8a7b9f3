"""Only for scrapyd-deploy, which builds an egg and asks for this file; everything stands in pyproject.toml."""

from setuptools import setup

setup()
