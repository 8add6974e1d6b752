"""Puts the shipped schedule into the database, once; later changes are the admin's."""

from celery.schedules import crontab
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from config.celery import SCHEDULE


def ensure():
    """Add the entries that are not there yet and leave the others as they are."""
    known = set(PeriodicTask.objects.values_list("name", flat=True))
    for task, when in SCHEDULE.items():
        if task not in known:
            PeriodicTask.objects.create(name=task, task=task, expire_seconds=60, **_when(when))


def _when(when):
    if isinstance(when, crontab):
        row, _ = CrontabSchedule.objects.get_or_create(
            hour=str(when._orig_hour), minute=str(when._orig_minute), timezone="Asia/Shanghai"
        )
        return {"crontab": row}
    row, _ = IntervalSchedule.objects.get_or_create(every=int(when), period=IntervalSchedule.SECONDS)
    return {"interval": row}
