"""The database: everything Holdfast remembers between runs, in SQLite or PostgreSQL.

Rooms, each of which imports only those after it: `maintenance` and `queries` (reading for people),
`work` (what jobs read and write), `schema` (tables and connections), `errors`,
`vocabulary` and `files`.
"""
