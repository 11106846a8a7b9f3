"""Read and fix pages that are embedded in the JSON strings of a file, as in notebooks."""
