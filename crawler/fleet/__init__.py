"""Run many workers on one PostgreSQL database. Needs the extra `fleet`.

Planning turns due links into jobs in procrastinate's queue, one job for each host. A job in the
queue can be lost, duplicated or late without harm: due links are found in Holdfast's own tables,
and only the holder of a host's lease may send requests to it.
"""
