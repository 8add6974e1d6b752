"""Settings with citation and validity, and the days on which the working calendar is overridden."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from servicing.domain import periods


class PeriodQuerySet(models.QuerySet):
    def in_force(self, *, on):
        return self.filter(valid_from__lte=on).filter(models.Q(valid_to=None) | models.Q(valid_to__gte=on))


def codes():
    """Named by the migrations, so that a new setting needs none."""
    return [(p.code, p.code) for p in periods.PERIODS]


class Period(models.Model):
    """One value of one setting for a span of days; where no row is in force, the built-in default is."""

    code = models.CharField(_("setting"), max_length=64, choices=codes)
    value = models.IntegerField(_("value"))
    citation = models.CharField(_("citation"), max_length=200)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("setting")
        verbose_name_plural = _("settings")
        ordering = ["code", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="one_value_a_setting_and_day"),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="setting_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=models.Q(value__gte=0), name="setting_is_not_negative"),
        ]

    def __str__(self):
        return f"{self.code} = {self.value}"

    def clean(self):
        setting = periods.BY_CODE.get(self.code)
        if setting and self.value is not None and not setting.low <= self.value <= setting.high:
            words = _("Choose a value from %(low)s to %(high)s.")
            raise ValidationError({"value": words % {"low": setting.low, "high": setting.high}})


class CalendarDay(models.Model):
    """A day that differs from the published calendar."""

    day = models.DateField(_("day"), unique=True)
    is_workday = models.BooleanField(_("working day"))
    note = models.CharField(_("note"), max_length=200)

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("working calendar")
        ordering = ["-day"]

    def __str__(self):
        return f"{self.day} {'+' if self.is_workday else '-'}"
