"""Who of the settled borrowers was looked at in time, who was not, and why."""

from datetime import timedelta

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reviews.models.recheck import Snapshot
from servicing.models import BorrowerHistory, Consent, Observation, Restriction, Stamp
from servicing.models.archive.borrowers import sample


class Part(models.TextChoices):
    """Where a settled borrower stands: in exactly one of these, the last that is so."""

    CHECKED = "checked", _("checked on time")
    UNASKED = "unasked", _("checked, nobody asked outside")
    INTERNAL = "internal", _("checked, internal data only")
    LATE = "late", _("late")
    ASIDE = "aside", _("set aside")
    RESTRICTED = "restricted", _("processing restricted")


class Watch:
    """What was to be done by now: every settled borrower judged as of the day `due`; `on` is today.

    `newest` is the day of the newest finished run over everybody; no row from before `since` says how one
    stands on it; `stale` are the days for which a source's word is trusted.
    """

    def __init__(self, *, on, newest, since, stale):
        self.on, self.newest, self.stale = on, newest, stale
        yesterday = on - timedelta(days=1)
        self.due = max(newest, yesterday) if newest else on
        # Where the run that was due has not come to its end, only who was judged by himself is on time.
        self.since = since if newest and newest >= self.due else self.due

    def on_time(self, **more):
        """The newest row of a borrower, where it says how he stands on the day that is due."""
        holds = Q(as_of__gte=self.due) | Q(holds_until=None) | Q(holds_until__gt=self.due)
        rows = Snapshot.objects.filter(holds, borrower=OuterRef("pk"), as_of__range=(self.since, self.on))
        newer = Snapshot.objects.filter(
            borrower=OuterRef("borrower"),
            as_of__gt=OuterRef("as_of"),
            as_of__range=(self.since + timedelta(days=1), self.on),
        )
        return Exists(rows.filter(**more).exclude(Exists(newer)))

    def fresh(self):
        """What others say of a borrower that would count if it may be read."""
        since = self.due - timedelta(days=self.stale)
        return Observation.objects.filter(
            borrower=OuterRef("pk"), known_on__lte=self.on, observed_on__gt=since, withdrawn_on=None
        )

    def is_unread(self):
        """There is something to read of him that was not read, or he has said that nothing may be."""
        over = Q(withdrawn_on__lte=self.on) | Q(until_on__lt=self.on)
        newer = (
            Consent.objects.on_outside_data()
            .filter(borrower=OuterRef("borrower"))
            .filter(
                Q(given_on__gt=OuterRef("given_on")) | Q(given_on=OuterRef("given_on"), pk__gt=OuterRef("pk"))
            )
        )
        words = Consent.objects.on_outside_data().filter(over, borrower=OuterRef("pk")).exclude(Exists(newer))
        return Exists(words) | Exists(self.fresh())

    def condition(self, part):
        """That a settled borrower stands in a part: no two hold of one borrower, and one always does."""
        restricted = Q(pk__in=Restriction.objects.in_force(on=self.on).values("borrower"))
        aside = Q(pk__in=Stamp.objects.filter(aside_at__isnull=False).values("pk"))
        if part in (Part.RESTRICTED, Part.ASIDE):
            return restricted if part == Part.RESTRICTED else aside & ~restricted
        free = ~restricted & ~aside
        if part == Part.LATE:
            return free & ~Q(self.on_time())
        if part == Part.CHECKED:
            return free & Q(self.on_time(inquiries_30__isnull=False))
        unread = Q(self.is_unread())
        blind = free & Q(self.on_time(inquiries_30__isnull=True))
        return blind & (unread if part == Part.INTERNAL else ~unread)

    def part_of(self, row):
        """The part of a row of the coverage page."""
        if row.restricted_on or row.aside_at:
            return Part.RESTRICTED if row.restricted_on else Part.ASIDE
        held = row.judged_on and (row.holds_until is None or row.holds_until > self.due)
        if not row.judged_on or row.judged_on < self.since or not (row.judged_on >= self.due or held):
            return Part.LATE
        if row.seen is not None:
            return Part.CHECKED
        is_over = bool(
            (row.withdrawn_on and row.withdrawn_on <= self.on)
            or (row.consent_until and row.consent_until < self.on)
        )
        return Part.INTERNAL if row.fresh or is_over else Part.UNASKED

    def checked_on(self, row):
        """The last day for which the newest row says how he stood; None where nobody has judged him."""
        if row.judged_on is None or self.newest is None:
            return row.judged_on
        held = [row.holds_until - timedelta(days=1)] if row.holds_until else []
        return max(row.judged_on, min([self.newest, *held]))

    def late_since(self, row):
        """The first day on which he should have been checked and was not."""
        if day := self.checked_on(row):
            return day + timedelta(days=1)
        return max(row.first_settled_on, timezone.localdate(row.borrower.created_at))


class SettledQuerySet(models.QuerySet):
    def visible_to(self, person, *, on):
        return self.filter(sample(person, on=on, path="borrower__"))

    def within(self, watch):
        """All who are settled by the day of the watch."""
        return self.filter(first_settled_on__lte=watch.on)

    def in_part(self, part, watch):
        return self.filter(watch.condition(part))

    def for_coverage_page(self, watch):
        """All that tells of a row where the borrower stands and why: see Watch.part_of."""
        judged = Snapshot.objects.filter(borrower=OuterRef("pk"), as_of__lte=watch.on).order_by("-as_of")
        restricted = Restriction.objects.in_force(on=watch.on).filter(borrower=OuterRef("pk"))
        aside = Stamp.objects.filter(aside_at__isnull=False, borrower=OuterRef("pk"))
        consent = (
            Consent.objects.on_outside_data().filter(borrower=OuterRef("pk")).order_by("-given_on", "-pk")
        )
        asked = {
            "judged_on": judged.values("as_of"),
            "holds_until": judged.values("holds_until"),
            "seen": judged.values("inquiries_30"),
            "ground": restricted.values("ground"),
            "restricted_on": restricted.values("from_on"),
            "trouble": aside.values("trouble"),
            "aside_at": aside.values("aside_at"),
            "withdrawn_on": consent.values("withdrawn_on"),
            "consent_until": consent.values("until_on"),
            "fresh": watch.fresh().values("pk"),
        }
        first = {name: Subquery(rows[:1]) for name, rows in asked.items()}
        return self.select_related("borrower").annotate(**first)


class Settled(BorrowerHistory):
    """A borrower with a settled loan, as the recheck looks after him."""

    objects = SettledQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        proxy = True


class CoverageDay(models.Model):
    """How the settled borrowers stood when they were counted last on a day: {part: borrowers}."""

    as_of = models.DateField(primary_key=True)
    due = models.DateField()
    counted_at = models.DateTimeField()
    parts = models.JSONField()

    def __str__(self):
        return str(self.as_of)

    @property
    def settled(self):
        return sum(self.parts.values())
