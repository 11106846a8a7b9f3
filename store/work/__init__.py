"""Read and write the data of jobs: due links, leases, scan results, probes, lookups, captures.

Every function takes a connection whose transaction the caller opens. Import from the modules:
nothing is imported here, so that a command loads only what it uses.
"""
