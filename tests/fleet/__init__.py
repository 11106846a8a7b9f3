"""Workers in processes of their own on one PostgreSQL, under faults."""
