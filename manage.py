#!/usr/bin/env python3
"""Every command of Aftercare; `demo` and `test` need nothing but git and Python."""

import sys

# Before any other import: an old Python must read this sentence, not a syntax error.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(f"Aftercare needs Python 3.11 or newer; this is {sys.version_info[0]}.{sys.version_info[1]}.")

import os
import signal

from config import bootstrap, endings

# These two need what only developers need.
FOR_DEVELOPERS = {"test", "bench_recheck"}
# demo, test and bench_recheck look after the servers themselves; loan_check needs none.
WITHOUT_SERVERS = {"help", "--help", "-h", "version", "--version", "demo", "loan_check", *FOR_DEVELOPERS}
# On an empty database these must not be preceded by a migration.
WITHOUT_TABLES = {"migrate", "makemigrations", "makemessages", "collectstatic", "check", "diffsettings"}


def main():
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command == "demo":
        from config import supervisor

        supervisor.preflight(sys.argv[2:])
    bootstrap.ensure(dev=command in FOR_DEVELOPERS)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if command not in WITHOUT_SERVERS:
        use_servers(command)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def use_servers(command):
    from config import embedded

    # A polite kill has to pass by atexit, where the last one out stops the servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    embedded.use()
    if command not in WITHOUT_TABLES:
        embedded.migrate_if_empty()


if __name__ == "__main__":
    with endings.in_one_sentence():
        main()
