"""The clock: Celery's application and what runs when."""

import os
import sys

from celery import Celery
from celery.schedules import crontab
from celery.signals import task_postrun, task_prerun
from django.db import close_old_connections
from kombu.transport import redis

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class Channel(redis.Channel):
    """Says of a connection that was given up that it is broken, as of any other.

    Kombu 5.7 finds no address there, and over that AttributeError a worker ends whose broker went away while
    it had something in hand; over a broken connection it makes another one.
    """

    def _connparams(self, asynchronous=False):
        if getattr(self.connection, "client", None) is None:
            raise ConnectionError("the connection to the broker was given up")
        return super()._connparams(asynchronous)


redis.Transport.Channel = Channel
app = Celery("aftercare")
# For every thread; else those of the web server would talk to a broker that is not ours.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


# Celery would close a worker's connection after each task. It is kept as between two requests: until it is
# old or broken, and with it what the server has planned for it.
app.conf.CELERY_DB_REUSE_MAX = sys.maxsize


@task_prerun.connect
@task_postrun.connect
def look_after_connections(**_named):
    close_old_connections()


# As shipped. The rows are made once (config/schedule.py); from then on they are the admin's to change.
# What belongs to a day is looked for again and again, so that no lost message costs the day.
SCHEDULE = {
    "servicing.tasks.tick": 10.0,
    "servicing.tasks.sweep": 15.0,
    "servicing.tasks.import_work": 15.0,
    "servicing.tasks.feed_work": 15.0,
    "servicing.tasks.message_work": 15.0,
    "reviews.tasks.recheck_work": 15.0,
    "reviews.tasks.rejudge": 15.0,
    "feedback.tasks.follow_objections": 15.0,
    "feedback.tasks.ask_after_payoffs": crontab(hour="9-19", minute="*/5"),
    "servicing.tasks.rebuild_histories": crontab(minute="*/5"),
    "feedback.tasks.judge_tiers": crontab(minute="*/5"),
    "feedback.tasks.draw_campaigns": crontab(minute="*/5"),
    "feedback.tasks.expire_offers": crontab(minute="*/5"),
    "feedback.tasks.send_offers": crontab(minute="*/5"),
    "feedback.tasks.measure_campaigns": crontab(hour="4-23", minute="20"),
    "reviews.tasks.recheck_tonight": crontab(hour="2-23", minute="*/5"),
    "feedback.tasks.add_up_failures": crontab(minute="*/5"),
    "feedback.tasks.measure_improvements": crontab(hour="4-23", minute="40"),
}
