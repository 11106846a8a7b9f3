"""What all work of one job shares: the leases on the hosts it asks, each held once however many tasks need it."""

from crawler.jobs.lease_pool import HostLeases

__all__ = ["HostLeases"]
