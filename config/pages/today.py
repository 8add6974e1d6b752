"""The first page: what waits for me, what runs out, what runs, and two pictures of the whole."""

import calendar
from collections import Counter
from datetime import date, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Min, Q
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from feedback.models import Campaign, FollowUp, Improvement, Response, Standing
from reviews import charts as review_charts
from reviews.actions import recheck
from reviews.models import Alert, Case, RuleHold, RuleVersion
from reviews.views.recheck import newest_run
from servicing import charts
from servicing.actions import controls, feed, intake, periods
from servicing.domain.staff import SAMPLED
from servicing.models import Export, LedgerEntry, Message, Objection, OldestDue, PayoffStep, Settlement, Tally
from servicing.pages import right

MONTHS = 18


@right("today.view")
def today(request):
    person, on = request.user, timezone.localdate()
    page: dict = {"on": on}
    # Each part is asked for only by those whose role shows it.
    for needed, part in PARTS:
        if person.may(needed):
            page |= part(person, on)
    # The menu says these as well.
    request.counted = {"own_cases": page.get("own"), "approvals": len(page.get("approvals", ()))}
    if person.may("response.answer"):
        request.counted["own_responses"] = page["own_voices"]
    return render(request, "pages/today.html", page)


def queue(person, on):
    own = Case.objects.owned_by(person)
    return {
        "own_cases": list(own.for_queue_page()[:6]),
        "own": own.count(),
        "waiting": Case.objects.unowned().count(),
    }


def clocks(person, on):
    everybodys = person.may("case.browse")
    cases = Case.objects.unresolved() if everybodys else Case.objects.owned_by(person)
    return {"overdue": cases.overdue(on=on).count(), "due_today": cases.filter(due_on=on).count()}


def imports(person, on):
    return {"shows_imports": True, "batches": intake.waiting(at=timezone.now())[:5]}


def voices(person, on):
    """What waits for an answer: the own, for a lead everybody's; and what was promised."""
    waiting, mine = Response.objects.unresolved(), Q(owner=person)
    team = Q() if person.may("response.steer") else mine
    counts = waiting.aggregate(
        open_voices=Count("pk", filter=team),
        due_voices=Count("pk", filter=team & Q(due_on=on)),
        overdue_voices=Count("pk", filter=team & Q(due_on__lt=on)),
        own_voices=Count("pk", filter=mine),
        unowned_voices=Count("pk", filter=Q(owner=None)),
    )
    promises = FollowUp.objects.due(on=on).filter(team).select_related("response", "owner")
    return counts | {"shows_voices": True, "promises": list(promises.order_by("due_on", "pk")[:6])}


def objections(person, on):
    rows = Objection.objects.visible_to(person, on=on).unresolved()
    return rows.aggregate(
        open_objections=Count("pk"),
        overdue_objections=Count("pk", filter=Q(due_on__lt=on)),
        objection_next=Min("due_on"),
    )


def improvements(person, on):
    """What became worse since its fix alarms; what is not proven stays open."""
    status = Improvement.Status
    counts = Counter(Improvement.objects.values_list("status", flat=True))
    return {
        "shows_improvements": True,
        "worse_improvements": counts[status.WORSE],
        "unproven_improvements": counts[status.NOT_PROVEN],
        "open_improvements": counts[status.OPEN] + counts[status.FIXED],
    }


def payoffs(person, on):
    """Steps after a payoff that wait longest, and how many there are."""
    steps = PayoffStep.objects.open().visible_to(person, on=on)
    return {
        "shows_steps": True,
        "open_steps": steps.count(),
        "overdue_steps": steps.overdue(on=on).count(),
        "steps": steps.for_today_page()[:6],
    }


def watched(person, on):
    """How many loans of former customers are late or soon due."""
    own = Case.objects.owned_by(person).values("borrower")
    rows = OldestDue.objects.monitored(on=on).visible_to(person, on=on, own=own)
    soon = periods.value("monitor.soon", on=on)
    return {"shows_monitor": True, "monitor": rows.counted(on=on, soon=soon), "soon_days": soon}


def loyalty(person, on):
    """Whose tier falls by tomorrow, and which campaigns run."""
    seen = Standing.objects.visible_to(person, on=on)
    return {
        "shows_loyalty": True,
        "falls_by": on + timedelta(days=1),
        "falling": seen.falling().filter(falls_on__lte=on + timedelta(days=1)).count(),
        "campaigns": Campaign.objects.running(on=on).count(),
    }


def feeds(person, on):
    return {"feed_troubles": feed.troubles(at=timezone.now())}


def stuck(person, on):
    seen = Message.objects.visible_to(person, on=on)
    return {"stuck_messages": seen.stuck().count(), "shut_out_messages": seen.shut_out().count()}


def guesses(person, on):
    """Who searched in vain too often since yesterday; nobody watches over themselves."""
    rows = LedgerEntry.objects.guessing(since=timezone.now() - timedelta(days=1)).exclude(by=person)
    return {"guesses": rows[:6]}


def approvals(person, on):
    return {"approvals": controls.waiting_for(person, at=timezone.now())}


def files(person, on):
    return {"ready_files": Export.objects.approved_for(person, at=timezone.now())}


def rechecks(person, on):
    run, progress = newest_run()
    return {"shows_run": True, "run": run, "progress": progress, "missed": recheck.missed(on=on)}


def rules(person, on):
    counts = {(rule, status): number for rule, status, number in Alert.objects.live().by_rule()}
    names, live = RuleVersion.objects.names(), {code for code, _status in counts}
    codes = [code for code in names if code in live]
    link = alert_link if person.may("alert.browse") else None
    words = Alert.Status.choices[:3]
    return {
        "waiting_alerts": sum(n for (_r, status), n in counts.items() if status == Alert.Status.WAITING),
        "open_alerts": sum(n for (_r, status), n in counts.items() if status == Alert.Status.OPEN),
        "held": RuleHold.objects.standing().order_by("rule"),
        "alert_statuses": [label for _code, label in words],
        "rule_names": names,
        "alert_rows": [
            (
                names[code],
                [(counts.get((code, status), 0), link and link(code, status)) for status, _l in words],
            )
            for code in codes
        ],
        "alert_figure": review_charts.alerts_by_rule(codes, counts, names=names, link=link)
        if codes
        else None,
    }


def alert_link(rule, status):
    return f"{reverse('reviews:alert-list')}?{urlencode({'rule': rule, 'status': status})}"


def settled(person, on):
    # The same rows as the list behind each bar: an auditor's numbers are of the auditor's sample.
    tallies = Tally.objects.visible_to(person, on=on)
    link = loan_link if person.may("archive.browse") else None
    months, kinds, counts = by_month(list(tallies.by_month_and_kind()))
    words = dict(Settlement.ENDS)
    return {
        "settled": tallies.settled_borrowers(),
        "is_sample": person.role_code in SAMPLED,
        "kind_names": [words[kind] for kind in kinds],
        "month_rows": [
            (month, [(counts.get((month, kind), 0), link and link(month, kind)) for kind in kinds],
             sum(counts.get((month, kind), 0) for kind in kinds))
            for month in reversed(months)
        ],
        "month_figure": charts.settlements_by_month(months, kinds, counts, link=link) if months else None,
    }  # fmt: skip


def by_month(rows):
    """(months, kinds that occur, {(month, kind): loans}) of the 18 months up to the newest payoff."""
    if not rows:
        return [], [], {}
    first, last = rows[0][0], rows[-1][0]
    months = list(every_month(first, last))[-MONTHS:]
    counts = {(month, kind): loans for month, kind, loans in rows if month >= months[0]}
    kinds = [kind for kind, _label in reversed(Settlement.ENDS) if any(k == kind for _m, k in counts)]
    return months, kinds, counts


def every_month(first, last):
    """The first day of each month, also of those in which nothing happened."""
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield date(number // 12, number % 12 + 1, 1)


def loan_link(month, kind):
    last = calendar.monthrange(month.year, month.month)[1]
    query = {"kind": kind, "settled_from": f"{month:%Y-%m}-01", "settled_to": f"{month:%Y-%m}-{last}"}
    return f"{reverse('servicing:loan-list')}?{urlencode(query)}"


PARTS = (
    ("case.queue", queue),
    ("case.view", clocks),
    ("import.view", imports),
    ("feed.health", feeds),
    ("message.settle", stuck),
    ("guess.watch", guesses),
    ("approval.view", approvals),
    ("list.export", files),
    ("response.answer", voices),
    ("objection.view", objections),
    ("payoff.tick", payoffs),
    ("monitor.view", watched),
    ("tier.browse", loyalty),
    ("recheck.view", rechecks),
    ("rule.view", rules),
    ("improvement.steer", improvements),
    ("archive.chart", settled),
)
