"""Create the edits of a fix, for the fix writers of all formats."""
