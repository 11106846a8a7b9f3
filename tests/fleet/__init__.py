"""Test worker processes on one PostgreSQL while faults are caused."""
