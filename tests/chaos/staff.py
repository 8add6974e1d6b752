"""Imported once by the process from which the staff of a house is forked: what workers and beats need."""

import importlib

import django

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
