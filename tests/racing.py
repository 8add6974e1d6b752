"""Real processes that each do one thing from the same instant on."""

import multiprocessing
import time

from django.db import connection

from tests import racer

# Forked from a process that has the house loaded, so that a race does not begin with seconds of start.
RACERS = multiprocessing.get_context("forkserver")
RACERS.set_forkserver_preload([racer.__name__])
WAITING = "select count(*) from pg_locks where locktype = 'advisory' and objid = %s and not granted"


def race(*acts):
    """Run acts, texts of Python over the names of tests/racer.py, each in a process; their exit codes."""
    racers = [RACERS.Process(target=racer.run, args=(act,), daemon=True) for act in acts]
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [racer.GATE])
        for each in racers:
            each.start()
        at_the_gate = 0
        while at_the_gate < len(acts):
            assert all(each.is_alive() for each in racers), "who falls before the gate runs no race"
            time.sleep(0.01)
            cursor.execute(WAITING, [racer.GATE])
            at_the_gate = cursor.fetchone()[0]
        cursor.execute("select pg_advisory_unlock(%s)", [racer.GATE])
    for each in racers:
        each.join(30)
    return [each.exitcode for each in racers]
