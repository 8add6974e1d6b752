"""Neutral cases: a loan told as JSON, so that anyone can compare us with another loan core."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from servicing.domain.archive.account import (
    FAILED_PAYMENT,
    KINDS,
    MONEY,
    PAUSE,
    PREPAYMENT,
    RESTRUCTURING,
    REVERSAL,
    Event,
)
from servicing.domain.archive.classes import CLASSES
from servicing.domain.archive.conventions import ConventionError, Conventions
from servicing.domain.archive.facts import BORROWER, ORIGINS, REFUND
from servicing.domain.archive.reading import Node, Wrong, a_day
from servicing.domain.archive.schedule import METHODS, SINGLE_PAYMENT, Terms
from servicing.domain.periods import BY_CODE

MOST_DAYS, MOST_EVENTS = 4000, 5000
LIMITS = {code: BY_CODE[f"class.{code}"].value for code in CLASSES[1:]}


@dataclass(frozen=True)
class Case:
    """A loan, what happened to it, and the days on which its figures are asked."""

    name: str
    terms: Terms
    conventions: Conventions
    events: tuple[Event, ...]
    days: tuple[date, ...]
    limits: dict[str, int]


def read(value, path: str = "") -> Case:
    """A case from parsed JSON. Raises Wrong with the path of what cannot be taken."""
    node = Node(value, path)
    name = node.text("name", "")
    terms = read_terms(Node(node.take("terms"), node.at("terms")))
    conventions = read_conventions(node)
    events = tuple(read_event(Node(item, spot), terms) for item, spot in node.items("events"))
    check_reversals(events, node)
    days = tuple(day for item, spot in node.items("as_of") for day in read_days(item, spot, terms))
    if len(events) > MOST_EVENTS or len(days) > MOST_DAYS:
        raise Wrong(path, f"a case has at most {MOST_EVENTS} events and {MOST_DAYS} days")
    limits = read_limits(Node(node.take("limits"), node.at("limits"))) if "limits" in node else LIMITS
    node.done()
    return Case(name, terms, conventions, events, days, limits)


def read_terms(node: Node) -> Terms:
    method = node.code("method", METHODS)
    terms = Terms(
        principal=node.money("principal"),
        disbursed_on=node.day("disbursed_on"),
        **read_plan(node, method),
        grace_days=node.whole("grace_days", 0, low=0, high=365),
        grace_of=read_graces(node),
    )
    node.done()
    if terms.first_due_on <= terms.disbursed_on:
        raise Wrong(node.at("first_due_on"), "must be after the loan was paid out")
    return terms


def read_plan(node: Node, method: str) -> dict:
    """What the terms of a loan and those of a restructuring have in common."""
    if "every_months" in node and "every_days" in node:
        raise Wrong(node.at("every_days"), "stands beside every_months; only one of them can be")
    is_single = method == SINGLE_PAYMENT
    return {
        "method": method,
        "annual_rate": node.number("annual_rate", low=Decimal(0), high=Decimal(10), places=8),
        "instalments": node.whole(
            "instalments", 1 if is_single else None, low=1, high=1 if is_single else 600
        ),
        "first_due_on": node.day("first_due_on"),
        "every_months": node.whole("every_months", 1, low=1, high=60),
        "every_days": node.whole("every_days", 0, low=1, high=366),
        "due_day": node.whole("due_day", low=1, high=31) if "due_day" in node else None,
    }


def read_graces(node: Node) -> dict[int, int]:
    """{number of the instalment: its days of grace}."""
    if "grace_of" not in node:
        return {}
    graces = Node(node.take("grace_of"), node.at("grace_of"))
    for name in graces.value:
        if not name.isascii() or not name.isdigit() or len(name) > 4:
            raise Wrong(graces.at(name), "is no number of an instalment")
    return {int(name): graces.whole(name, low=0, high=365) for name in graces.value}


def read_conventions(node: Node) -> Conventions:
    try:
        return Conventions.of(node.take("conventions")) if "conventions" in node else Conventions()
    except ConventionError as error:
        raise Wrong(node.at("conventions"), str(error)) from None


def read_event(node: Node, terms: Terms) -> Event:
    kind, on = node.code("kind", KINDS), node.day("on")
    if on < terms.disbursed_on:
        raise Wrong(node.at("on"), "is before the loan was paid out")
    event = Event(
        on=on,
        kind=kind,
        id=node.text("id", "") if kind in MONEY else "",
        amount=node.money("amount") if kind in MONEY else Decimal(0),
        origin=node.code("origin", ORIGINS, BORROWER) if kind in MONEY else BORROWER,
        of=node.text("of") if kind == REVERSAL else "",
        until=node.day("until") if kind == PAUSE else None,
        anew=read_anew(node, terms, on) if kind == RESTRUCTURING else None,
    )
    node.done()
    if event.kind == PREPAYMENT and event.origin == REFUND:
        raise Wrong(node.at("origin"), "money that goes back is no prepayment")
    if event.until and event.until < on:
        raise Wrong(node.at("until"), "is before the pause begins")
    return event


def read_anew(node: Node, terms: Terms, on: date) -> Terms:
    """The terms after a restructuring: method and grace stay unless they are said."""
    method = node.code("method", METHODS, terms.method)
    grace = node.whole("grace_days", terms.grace_days, low=0, high=365)
    anew = Terms(
        terms.principal, disbursed_on=terms.disbursed_on, grace_days=grace, **read_plan(node, method)
    )
    if anew.first_due_on <= on:
        raise Wrong(node.at("first_due_on"), "must be after the restructuring")
    return anew


def check_reversals(events: tuple[Event, ...], node: Node):
    """Every reversal names one payment that came, before it or on its day; no id comes twice."""
    came = {event.id: event for event in events if event.id}
    if len(came) < sum(bool(event.id) for event in events):
        raise Wrong(node.at("events"), "the same id stands twice")
    for spot, event in enumerate(events):
        path = f"{node.at('events')}[{spot}].of"
        if event.kind == REVERSAL and (event.of not in came or came[event.of].kind == FAILED_PAYMENT):
            raise Wrong(path, f"there is no money with the id {event.of!r}")
        if event.kind == REVERSAL and came[event.of].on > event.on:
            raise Wrong(path, "came after its reversal")


def read_days(item, path: str, terms: Terms) -> list[date]:
    """One day, or all days of {"from": …, "to": …}."""
    if isinstance(item, dict):
        node = Node(item, path)
        first, last = node.day("from"), node.day("to")
        node.done()
        days = [first + timedelta(days=step) for step in range(min((last - first).days, MOST_DAYS) + 1)]
    else:
        days = [a_day(item, path)]
    if not days or days[0] < terms.disbursed_on:
        raise Wrong(path, "ends before it begins" if not days else "is before the loan was paid out")
    return days


def read_limits(node: Node) -> dict[str, int]:
    limits = {code: node.whole(code, low=1, high=10_000) for code in LIMITS}
    node.done()
    if list(limits.values()) != sorted(limits.values()):
        raise Wrong(node.path, "must rise from class to class")
    return limits
