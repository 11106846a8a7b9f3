"""Temporary folders that are removed even if the process that made them was killed."""
