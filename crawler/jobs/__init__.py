"""Run a job: what all work of one run shares.

A `Job` holds the configuration, the database, the clock and the limits of a run. This package also
has the leases on hosts (`HostLease`, one per host and process, pooled by `HostLeases`), the
request to stop, and the isolation of internal errors. It knows nothing about what is requested.

Import from the modules: nothing is imported here, as commands that only read the store need
`clock`.
"""
