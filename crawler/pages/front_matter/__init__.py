"""Read the front matter of a page, and the links in it, with their positions."""
