"""PostgreSQL and Valkey from pip wheels, private to this installation; needs no Django.

Where DATABASE_URL or REDIS_URL names a server of one's own, that one is used and ours is not started.
"""

from config.embedded.state import locked, state_dir, try_lock
from config.embedded.users import database_urls, leave, migrate_if_empty, redis_socket, silent, use

__all__ = [
    "database_urls",
    "leave",
    "locked",
    "migrate_if_empty",
    "redis_socket",
    "silent",
    "state_dir",
    "try_lock",
    "use",
]
