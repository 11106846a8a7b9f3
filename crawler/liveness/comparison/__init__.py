"""Compare two pages: what they share, and what varies from one response to the next."""
