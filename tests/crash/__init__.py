"""Processes killed in the middle of their work: what they had said was written must be there, and nothing may be half."""
