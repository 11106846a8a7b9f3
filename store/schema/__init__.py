"""The tables, their column types and migrations, and opening a database on SQLite or PostgreSQL.

Import from the modules: `engine` (open a database), `models` (the tables), `dialects` (statements
that differ between the two databases), `rows` (records from rows). Nothing is imported here, so
that a program that only needs the errors does not load SQLAlchemy.
"""
