"""The file of what others know of borrowers, documented in docs/layouts.md: one row a thing that was said."""

from datetime import date
from decimal import Decimal

from servicing.domain.intake import dates, fields, native
from servicing.domain.intake.layout import EXTERNAL, OBSERVATION, File, Layout, ObservationFacts, Problem
from servicing.domain.intake.spelling import DAY, MONEY, NUMBER

COLUMNS = tuple("observation_id borrower_id kind lender observed_on ended_on amount days".split())
KINDS = frozenset({"asked", "inquiry", "loan", "overdue", "balance", "record", "guarantee"})
# What may end; and what is never without its number, while nothing else has one.
ENDS = frozenset({"loan", "overdue", "record", "guarantee"})


def observation(row: dict, *, today: date) -> tuple[str, ObservationFacts]:
    """(the borrower's number, the facts) of a row; raises Problem."""
    kind = fields.choice(row, "kind", KINDS)
    facts = ObservationFacts(
        fields.key(row, "observation_id"),
        kind,
        fields.code(row, "lender", is_required=kind != "asked"),
        fields.day(row, "observed_on"),
        fields.day(row, "ended_on", is_required=False),
        balance(row) if kind == "balance" else nothing(row, "amount"),
        fields.number(row, "days", top=9999) if kind == "overdue" else nothing(row, "days"),
    )
    dates.happened("observed_on", facts.observed_on, today=today)
    dates.happened("ended_on", facts.ended_on, today=today)
    if facts.ended_on and kind not in ENDS:
        raise Problem("ended_on", "unknown_value")
    if facts.ended_on and facts.ended_on < facts.observed_on:
        raise Problem("ended_on", "unknown_value", found=facts.ended_on, not_before=facts.observed_on)
    return fields.text(row, "borrower_id"), facts


def balance(row):
    """An amount; nothing is owed where it is 0."""
    is_nothing = fields.MONEY.fullmatch(row["amount"]) and not Decimal(row["amount"])
    return Decimal(0) if is_nothing else fields.money(row, "amount")


def nothing(row, column):
    if row[column]:
        raise Problem(column, "unknown_value")


LAYOUT = Layout(
    code="observations",
    source=native.LAYOUT.source,
    source_name=native.LAYOUT.source_name,
    zone=native.ZONE,
    files=(
        File(
            "observations.csv",
            OBSERVATION,
            COLUMNS,
            key="observation_id",
            parent="borrower_id",
            forms={"observed_on": DAY, "ended_on": DAY, "amount": MONEY, "days": NUMBER},
            aliases={
                "信息编号": "observation_id",
                "借款人编号": "borrower_id",
                "类别": "kind",
                "机构代码": "lender",
                "发生日期": "observed_on",
                "结束日期": "ended_on",
                "金额": "amount",
                "逾期天数": "days",
            },
        ),
    ),
    observation=observation,
    owner=EXTERNAL,
)
