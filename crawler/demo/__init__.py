"""Simulate a small web and an archive on loopback, for `holdfast demo` and for tests.

`web` and `responses` serve invented sites, `archive` the Wayback Machine's interfaces, `scenario`
defines what the demo shows and must result in. No other package depends on this one.
"""
