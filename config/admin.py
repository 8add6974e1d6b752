"""When the clock strikes: the schedule of the shipped tasks, in Django's admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django_celery_beat import models as clock

from servicing.admin import Audited

TASKS = {
    "servicing.tasks.tick": _("Leave the worker's heartbeat"),
    "servicing.tasks.feed_work": _("Take in what the loan core tells"),
    "servicing.tasks.sweep": _("Set failing parts aside and tidy up"),
    "servicing.tasks.import_work": _("Check and apply imports"),
    "servicing.tasks.message_work": _("Send messages to borrowers"),
    "feedback.tasks.ask_after_payoffs": _("Ask after payoffs how it went"),
    "servicing.tasks.rebuild_histories": _("Rebuild histories whose facts lapsed"),
    "reviews.tasks.recheck_tonight": _("Plan the nightly recheck"),
    "feedback.tasks.add_up_failures": _("Add up failed payments"),
    "feedback.tasks.measure_improvements": _("Measure improvements"),
    "feedback.tasks.judge_tiers": _("Judge everybody by the tiers"),
    "feedback.tasks.draw_campaigns": _("Draw for campaigns"),
    "feedback.tasks.expire_offers": _("Let offers end that nobody answered"),
    "feedback.tasks.send_offers": _("Queue the messages of campaigns"),
    "feedback.tasks.measure_campaigns": _("Measure campaigns"),
    "reviews.tasks.recheck_work": _("Work on rechecks"),
    "reviews.tasks.rejudge": _("Judge borrowers with new facts"),
    "feedback.tasks.follow_objections": _("Answer what waited for the end of an objection"),
}

for _model in (
    clock.PeriodicTask,
    clock.IntervalSchedule,
    clock.CrontabSchedule,
    clock.ClockedSchedule,
    clock.SolarSchedule,
):
    admin.site.unregister(_model)


@admin.register(clock.PeriodicTask)
class ScheduleAdmin(Audited):
    """When the shipped tasks run; which task an entry runs is not for this page to change."""

    list_display = ("words", "enabled", "interval", "crontab", "last_run_at")
    fieldsets = ((None, {"fields": ("words", "task", "enabled", "interval", "crontab", "last_run_at")}),)
    readonly_fields = ("words", "task", "last_run_at")
    actions = ()
    search_fields = ("name",)

    def has_add_permission(self, request, obj=None):
        return False

    has_delete_permission = has_add_permission

    @admin.display(description=_("task"), ordering="name")
    def words(self, entry):
        return TASKS.get(entry.task, entry.name)


@admin.register(clock.IntervalSchedule)
class IntervalAdmin(Audited):
    list_display = ("every", "period")


@admin.register(clock.CrontabSchedule)
class CrontabAdmin(Audited):
    list_display = ("__str__", "timezone")
