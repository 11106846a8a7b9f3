"""Workers in processes of their own on one PostgreSQL, while everything that can happen to a fleet happens to it."""
