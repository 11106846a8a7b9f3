"""Many workers on one PostgreSQL: what is due becomes jobs in procrastinate's queue, one a host; the lease stays the truth.

Whatever is in the queue can be lost, doubled or late without harm: the due links stand in our own tables, and who may ask a host is said by
its lease alone. Needs the extra `fleet`.
"""
