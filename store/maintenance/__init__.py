"""Maintain a database: inventory, integrity checks, pruning, export, import, rejudging.

Import from the modules: nothing is imported here, so that a command loads only what it uses.
"""
