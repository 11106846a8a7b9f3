"""Probing: request what is due, host by host, politely and safely, and record every request.

`PoliteSession` sends a job's requests under host leases, rate limits, robots.txt and the redirect
policy. It is used wherever a page of a site is needed. `Prober` makes one probe of several
requests, `HostWorker` probes the due links of a host, and `probe_due` those of all hosts. Verdicts
come from `crawler.liveness`. Import from the modules, as they form the layers of this package.
"""
