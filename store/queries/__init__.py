"""Read the data of reports and `status`: links, pages, archives, trends, the history of one link.

Nothing is written here. Import from the modules: nothing is imported here, so that a command
loads only what it uses.
"""
