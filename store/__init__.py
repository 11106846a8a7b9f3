"""The database: everything Holdfast remembers between runs, in SQLite or PostgreSQL.

Packages and modules, each of which imports only those after it: `maintenance` and `queries` (what
commands and reports show), `work` (what jobs read and write), `schema` (tables and connections),
`errors`, `vocabulary` (enums and records) and `files` (temporary folders).
"""
