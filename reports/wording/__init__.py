"""Define the words of reports: labels, explanations, details, times, and sentences about a run."""
