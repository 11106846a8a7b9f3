"""Read and write what jobs need of archives: mirrors, lookups, captures, refusals."""
