"""The same small world twice: what it holds, what happens in it, and what it looks like when all is quiet."""

import hashlib
import json
from contextlib import suppress
from datetime import timedelta

import psycopg
from django.conf import settings
from django.db import connection, connections
from django.db.models import Exists, OuterRef
from django.utils import timezone
from psycopg import sql

from config import embedded
from reviews.actions import recheck, rules
from reviews.models import Alert, PortfolioDay, Rule, Snapshot
from servicing.actions import controls, external, feed, staff
from servicing.domain.intake.layout import ObservationFacts
from servicing.models import (
    Borrower,
    BorrowerHistory,
    FeedMessage,
    Loan,
    Payment,
    Period,
    Run,
    Shard,
    Source,
    Staff,
    Stamp,
)
from tests.chaos.house import DATABASE, LEASE
from tests.reviews.crowd import crowd
from tests.servicing.core import Core, keys_file

CALM, SHARD = "aftercare_calm", 200
# Whatever judges, takes in or plans takes its time, so that a fault finds it in the middle.
SLOWLY = """
create function slowly() returns trigger language plpgsql
as 'begin perform pg_sleep(random() * {seconds}); return null; end';
create trigger slowly after insert on reviews_snapshot for each statement execute function slowly();
create trigger slowly after insert on servicing_feedmessage for each statement execute function slowly();
create trigger slowly after insert on servicing_run for each statement execute function slowly();
"""
# A lease that is taken from somebody while it runs leaves no other trace where the thief does the work well.
THEFTS = """
create table stolen (shard bigint);
create function steal() returns trigger language plpgsql security definer
as 'begin insert into stolen values (old.id); return null; end';
create trigger steal after update on servicing_shard for each row
when (old.status = 'leased' and new.status = 'leased' and new.attempts > old.attempts
      and old.leased_until > clock_timestamp())
execute function steal();
"""
EVERY_SECOND = """
insert into django_celery_beat_intervalschedule (every, period) values (1, 'seconds');
update django_celery_beat_periodictask p set crontab_id = null, interval_id = i.id
from django_celery_beat_intervalschedule i where i.every = 1 and i.period = 'seconds'
  and p.name in ('reviews.tasks.recheck_tonight', 'reviews.tasks.recheck_work', 'reviews.tasks.rejudge',
                 'servicing.tasks.feed_work', 'servicing.tasks.sweep', 'servicing.tasks.tick');
"""


def owner(dbname):
    url = embedded.database_urls()["owner"]
    return psycopg.connect(psycopg.conninfo.make_conninfo(url, dbname=dbname), autocommit=True)


def remake(name, template):
    connections.close_all()
    name, template = sql.Identifier(name), sql.Identifier(template)
    with owner("postgres") as db:
        db.execute(sql.SQL("drop database if exists {} with (force)").format(name))
        db.execute(sql.SQL("create database {} template {} strategy file_copy").format(name, template))
        db.execute(sql.SQL("revoke temporary on database {} from public").format(name))


class World:
    """A crowd, a loan core with its customers, a bureau; made the same for the same random numbers."""

    def __init__(self, rng):
        self.size = rng.choice((300, 600, 1000, 2000))
        self.today = timezone.localdate()
        self.core = Core("chaos")
        self.has_poison, self.has_deploy = rng.random() < 0.6, rng.random() < 0.4
        self.tell(rng)
        asked = rng.sample(range(1, self.size), 16)
        self.asked, self.poisoned = asked[:15], f"C{asked[15]}"

    def instant(self, days_ago):
        return f"{self.today - timedelta(days=days_ago)}T10:00:00+08:00"

    def tell(self, rng):
        """Twenty loans are history; then come loans, payments taken back, and late ones."""
        core = self.core
        dues = ((str(self.today - timedelta(days=170)), "100.00"),)
        for number in range(20):
            core.open(f"L{number}", at=self.instant(200), borrower=f"F{number % 12}", dues=dues)
            core.pay(f"L{number}", "P1", at=self.instant(170))
        self.history = len(core.told)
        soon = ((str(self.today + timedelta(days=25)), "100.00"),)
        for number in range(12):
            what = rng.choice(("loan", "loan", "back", "late"))
            if what == "loan":
                for each in range(rng.choice((1, 2, 4))):
                    core.open(f"N{number}-{each}", at=self.instant(5), borrower=f"F{number}", dues=soon)
            else:
                core.say(
                    "payment.reversed", self.instant(160), f"L{number}", payment_id="P1", amount="100.00"
                )
                if what == "late":
                    core.pay(f"L{number}", "P2", at=self.instant(3))
        last = len(core.told)
        self.deliveries = [(first, min(first + 4, last)) for first in range(self.history + 1, last + 1, 5)]

    def build(self):
        """Fill the database and keep a copy in which all that happens happens calmly."""
        keys_file(settings.FEED_KEYS, self.core)
        remake(DATABASE, "aftercare_template")
        crowd(self.size, today=self.today)
        clock, at = staff.machine("clock"), timezone.now()
        for code, value in (("recheck.shard", SHARD), ("job.lease", LEASE)):
            Period.objects.create(code=code, value=value, citation="test", valid_from=self.today)
        self.deliver((1, self.history))
        feed.work(by=staff.machine("core"), at=at)
        recheck.run(as_of=self.today - timedelta(days=1), by=clock, at=at - timedelta(days=1))
        Source.objects.create(code="bureau", name="Bureau", declares_consent=True)
        if self.has_poison:
            with connection.cursor() as cursor:
                said = (
                    "update servicing_borrowerhistory set last_settled_on = 'infinity' where borrower_id = %s"
                )
                cursor.execute(said, [Borrower.objects.get(reference=self.poisoned).pk])
        remake(CALM, DATABASE)

    def calmly(self):
        """How the world looks where nothing goes wrong; the database is as before afterwards."""
        clock = staff.machine("clock")
        if self.has_deploy:
            self.deploy()
        for span in self.deliveries:
            self.deliver(span)
        feed.work(by=staff.machine("core"), at=timezone.now())
        for number in range(len(self.asked)):
            self.ask(number)
        recheck.run(as_of=self.today, by=clock, at=timezone.now())
        recheck.judge_dirty(by=clock, at=timezone.now())
        found = self.looks()
        remake(DATABASE, CALM)
        with owner(DATABASE) as db:
            db.execute(SLOWLY.format(seconds=0.1))
            db.execute(THEFTS)
            db.execute(EVERY_SECOND)
        return found

    # What happens.

    def deliver(self, span):
        self.core.deliver(*span)

    def some_of_the_crowd(self, rng, count):
        """Ids of so many who are in the house from its beginning."""
        named = [f"C{number}" for number in rng.sample(range(1, self.size), count)]
        return list(Borrower.objects.filter(reference__in=named).order_by("pk").values_list("pk", flat=True))

    def stolen(self):
        """How many leases were taken from somebody before they had run out."""
        with owner(DATABASE) as db:
            return db.execute("select count(*) from stolen").fetchone()[0]

    def ask(self, number):
        """Five lenders ask the bureau about one of the crowd."""
        person = Borrower.objects.get(reference=f"C{self.asked[number]}")
        on = self.today - timedelta(days=3)
        source = Source.objects.get(code="bureau")
        external.observe(
            source=source,
            facts=[
                (person.pk, ObservationFacts(f"O{number}-{lender}", "inquiry", f"bank-{lender}", on))
                for lender in range(5)
            ],
            target=source,
            by=staff.machine("operator"),
            at=timezone.now(),
        )

    def deploy(self):
        """Another threshold comes into force, by two people; whoever asks twice finds it done."""
        rule, at = Rule.objects.get(code="worst_late"), timezone.now()
        wei, ana = (Staff.objects.get(username=name) for name in ("wei", "ana"))
        words = {"name_zh": "曾逾期", "name_en": "Was late", "priority": 55}
        words["conditions"] = [{"feature": "worst_dpd", "op": ">=", "threshold": 5}]
        if rule.versions.filter(number=2, status="active").exists():
            return
        with suppress(Exception):
            rules.draft(rule=rule, by=wei, at=at, **words)
        asked = rules.propose(
            rule=rule, act="activate", version=2, purpose="the team wants to see these", by=wei, at=at
        )
        controls.approve(approval=asked, digest=asked.digest, by=ana, at=at)

    # What it looks like.

    def looks(self):
        """Everything that must be the same in whatever order it came about; ids of new rows aside."""
        left_out = ("judged_at", "edition", "as_of", "holds_until")
        columns = [f.attname for f in Snapshot._meta.concrete_fields if f.name not in left_out]
        settled = Snapshot.objects.standing(self.today).filter(
            Exists(BorrowerHistory.objects.filter(pk=OuterRef("borrower_id")))
        )
        # A row that still holds is not written again; what ticks has ticked since.
        passed = ("days_since_payoff", "current_dpd")
        alerts = Alert.objects.live().order_by("borrower", "rule")
        return {
            "snapshots": [
                [row[n] and row[n] + row["carried"] if n in passed else row[n] for n in columns]
                for row in settled.order_by("borrower").values(*columns, "carried")
            ],
            "alerts": [
                (row.borrower_id, row.rule, row.severity, {**row.latest, "as_of": None}) for row in alerts
            ],
            "messages": list(FeedMessage.objects.order_by("sequence").values_list("sequence", "status")),
            "loans": list(Loan.objects.order_by("external_id").values_list("external_id", "status")),
            "payments": list(
                Payment.objects.order_by("loan__external_id", "external_id").values_list(
                    "loan__external_id", "external_id", "amount", "outcome"
                )
            ),
            "portfolio": sorted(
                map(str, PortfolioDay.objects.on(self.today).values_list(
                    "product", "cohort", "band", "band_before", "borrowers"
                ))
            ),
        }  # fmt: skip

    def is_quiet(self):
        """Nothing is left to be done by anybody but a person."""
        return (
            not Run.objects.filter(status=Run.Status.RUNNING).exists()
            and not Shard.objects.filter(status__in=("waiting", "leased")).exists()
            and not Stamp.objects.to_judge().exists()
            and not FeedMessage.objects.filter(status="waiting").exists()
            and Run.objects.filter(slot=self.today.isoformat(), status="done").exists()
        )


def digest(looks):
    """A short name of how a world looks."""
    return hashlib.sha256(json.dumps(looks, default=str).encode()).hexdigest()[:12]
