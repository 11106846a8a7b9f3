"""Report on a run in progress: to the log, as Prometheus metrics, as OpenTelemetry traces.

A monitor (`interface.Monitor`) receives the start and end of a run, and each item that was
stored. Import from the modules: nothing is imported here, as every command needs `events`.
"""
