"""Build reports from the store, write them to files or sites, and serve these."""
