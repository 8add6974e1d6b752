"""The shipped schedule: what belongs to a day is looked for all day, and rows are the admin's."""

import pytest
from django.utils.module_loading import import_string
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from config import admin, schedule
from config.celery import SCHEDULE

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["reviews.tasks.recheck_tonight", "servicing.tasks.rebuild_histories"])
def test_a_lost_message_costs_minutes_and_not_the_day(name):
    PeriodicTask.objects.all().delete()
    schedule.ensure()
    when = PeriodicTask.objects.get(name=name).schedule
    assert {minute % 5 for minute in when.minute} == {0}
    assert len(when.minute) == 60 / 5
    assert set(range(2, 24)) <= when.hour


def test_what_the_admin_changed_stays():
    schedule.ensure()
    row, _ = CrontabSchedule.objects.get_or_create(hour="4-23", minute="*/10", timezone="Asia/Shanghai")
    PeriodicTask.objects.filter(name="reviews.tasks.recheck_tonight").update(crontab=row)
    schedule.ensure()
    assert PeriodicTask.objects.get(name="reviews.tasks.recheck_tonight").crontab == row


def test_each_shipped_task_is_told_in_words():
    assert set(SCHEDULE) <= set(admin.TASKS)


@pytest.mark.parametrize("name", [name for name in SCHEDULE if name.startswith("feedback.")])
def test_each_task_of_feedback_finds_nothing_to_do_in_an_empty_house(name):
    import_string(name)()
    import_string(name)()
