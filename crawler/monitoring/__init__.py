"""Report on a run while it goes on: to the log, as Prometheus metrics, as OpenTelemetry traces.

A monitor (`interface.Monitor`) is told when a run starts and finishes, and of each item that was
stored. Import from the modules: nothing is imported here, as every command needs `events`.
"""
