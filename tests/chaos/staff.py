"""Imported once by the process from which the staff of a house is forked: what workers and beats need."""

import importlib
import signal

import django

from tests.chaos.house import die_with_parent

# Its children hold the pipe by whose end it would notice; when it dies, so do they.
die_with_parent(signal.SIGKILL)
django.setup()
for name in (
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.concurrency.prefork",
    "celery.worker.consumer",
    "kombu.transport.redis",
    "config.beat",
    "config.celery",
    "reviews.tasks",
    "servicing.tasks",
):
    importlib.import_module(name)
