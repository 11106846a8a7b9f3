"""Check the citations that a change adds, and write the result, for `holdfast gate`."""
