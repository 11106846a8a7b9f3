"""Define the steps of a job: scan, check, archives, local archive. Crawls run one after another."""
