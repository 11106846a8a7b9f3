"""Find the pages that a command reads, and print what was read."""
