"""Report on a run while it goes on: to the log, as Prometheus metrics, as OpenTelemetry traces.

A monitor is told when a run starts and finishes, and of each item that was stored.
"""

from crawler.monitoring.interface import Monitor, MonitoredRun

__all__ = ["Monitor", "MonitoredRun"]
