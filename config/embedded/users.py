"""Who uses the servers: everybody holds a shared lock, and the last one out stops them.

A killed user's lock vanishes with it. The servers then run on until the next user finds them by their
sockets, joins, and is the last one out in its turn.
"""

import atexit
import fcntl
import os
from pathlib import Path

from config.embedded import postgres, state, valkey

_held: dict[str, int] = {}


def database_urls() -> dict[str, str]:
    """`site` for the running house, `owner` for migrations; one's own server may use one role for both."""
    if site := os.environ.get("DATABASE_URL"):
        return {"site": site, "owner": os.environ.get("DATABASE_OWNER_URL") or site}
    return {"site": postgres.url(postgres.SITE), "owner": postgres.url(postgres.OWNER)}


def redis_socket() -> Path:
    return valkey.socket_path()


def use(*, lasting=True):
    """Start or join the servers and stay a user of them until this process ends.

    `lasting=False` is for data that nobody will miss: faster, and not safe against a power cut.
    """
    servers = wanted(lasting=lasting)
    if not servers or "users" in _held:
        return
    with state.locked("servers"):
        _held["users"] = state.open_lock("users")
        fcntl.flock(_held["users"], fcntl.LOCK_SH)
        atexit.register(leave)
        try:
            for server in servers:
                server.start()
        except BaseException:
            _leave()
            raise


def wanted(*, lasting=True):
    """The servers of ours that the environment does not replace."""
    postgres_ = [] if os.environ.get("DATABASE_URL") else [postgres.Postgres(lasting=lasting)]
    valkey_ = [] if os.environ.get("REDIS_URL") else [valkey.Valkey()]
    return [*postgres_, *valkey_]


def silent():
    """The names of our servers that do not answer."""
    return [server.name for server in wanted() if not server.alive()]


def leave():
    """Stop being a user; the last one stops the servers."""
    if "users" in _held:
        with state.locked("servers"):
            _leave()


def _leave():
    users = _held.pop("users")
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # somebody else still uses them
    else:
        # Also the one that this process did not want: whoever started it has left before us.
        for server in (valkey.Valkey(), postgres.Postgres()):
            if server.alive():
                server.stop()
    finally:
        os.close(users)


def _forget_in_child():
    """A forked child is no user: its copy of the lock must neither outlive us nor stop the servers."""
    if "users" in _held:
        os.close(_held.pop("users"))


os.register_at_fork(after_in_child=_forget_in_child)


def migrate_if_empty():
    """Give a new embedded database its tables, once, whoever comes first."""
    if os.environ.get("DATABASE_URL") or _has_tables():
        return
    with state.locked("migrate"):
        if not _has_tables():
            import django
            from django.core.management import call_command

            django.setup()
            call_command("migrate", verbosity=0)


def _has_tables():
    import psycopg

    with psycopg.connect(postgres.url(postgres.OWNER), connect_timeout=10) as connection:
        # The schedule's rows are the last thing that `migrate` writes: a killed one is begun again.
        table = connection.execute("select to_regclass('django_celery_beat_periodictask')").fetchone()
        rows = "select 1 from django_celery_beat_periodictask limit 1"
        return table != (None,) and connection.execute(rows).fetchone() is not None
