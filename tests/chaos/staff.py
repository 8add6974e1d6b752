"""Imported once by the process from which the staff of a house is forked: what all of them need."""

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
    "config.urls",
    "config.wsgi",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "reviews.tasks",
    "servicing.tasks",
    "time_machine",
):
    importlib.import_module(name)
