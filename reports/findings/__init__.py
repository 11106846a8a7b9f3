"""Create the findings of a report from stored links, and sort, count and describe them."""
