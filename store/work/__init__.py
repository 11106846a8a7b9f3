"""What jobs read and write: due links, leases, scan results, probes, lookups, captures, searches.

Every function takes a connection whose transaction the caller opens. Import from the modules:
nothing is imported here, so that a command loads only what it uses.
"""
