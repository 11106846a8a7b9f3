"""What is told of a job while it goes on, to whoever watches: a log, metrics, traces."""
