"""The file of what customers said, documented in docs/layouts.md: one row a response."""

from datetime import date, datetime
from typing import NamedTuple

from feedback.domain import topics
from servicing.domain.intake import dates, fields, native
from servicing.domain.intake.layout import File, Layout, Problem
from servicing.domain.intake.spelling import DAY, MOMENT, NUMBER
from servicing.domain.privacy import kept

OWNER = RESPONSE = "responses"
KINDS = frozenset({"complaint", "suggestion", "objection", "praise"})
CHANNELS = frozenset({"call", "app", "letter", "walk_in", "file", "survey"})
PLACES = frozenset(
    "debit card app transfer amount early reminder certificate record offer service other".split()
)
SPEAKERS = frozenset({"borrower", "agent", "third"})
HOTLINES = frozenset({"12378", "12363", "12345"})
COLUMNS = tuple(
    "response_id received_at kind channel borrower_id loan_id instalment where words topic speaker authority "
    "hotline hotline_number hotline_due_on complex answered_at answer".split()
)
OPTIONAL = tuple(
    column for column in COLUMNS if column not in ("response_id", "received_at", "kind", "words")
)
LONGEST = 4000


class ResponseFacts(NamedTuple):
    """One thing that a customer said; `borrower` and `loan` are numbers of the lender's own, or empty."""

    number: str
    received_at: datetime
    received_on: date
    kind: str
    channel: str
    borrower: str
    loan: str
    instalment: int | None
    where: str
    words: str
    topic: str
    speaker: str
    authority: str
    hotline: str
    hotline_number: str
    hotline_due_on: date | None
    is_complex: bool
    answered_at: datetime | None
    answer: str


def response(row: dict, *, at: datetime) -> ResponseFacts:
    """The facts of a row, as of an instant; raises Problem."""
    received_at, received_on = fields.moment(row, "received_at", zone=native.ZONE)
    dates.happened("received_at", received_on, today=at.astimezone(received_at.tzinfo).date())
    if received_at > at:
        raise Problem("received_at", "in_future")
    kind = fields.choice(row, "kind", KINDS)
    speaker, authority = who_speaks(row)
    answered_at, answer = answered(row, received_at=received_at, at=at)
    return ResponseFacts(
        fields.key(row, "response_id"),
        received_at,
        received_on,
        kind,
        given(row, "channel", CHANNELS, "file"),
        fields.text(row, "borrower_id", is_required=False),
        fields.text(row, "loan_id", is_required=False),
        instalment(row),
        given(row, "where", PLACES, "other"),
        prose(row, "words", limit=LONGEST),
        topic(row),
        speaker,
        authority,
        *forwarded(row),
        is_complex(row, kind),
        answered_at,
        answer,
    )


def given(row, column, choices, otherwise):
    return fields.choice(row, column, choices) if row[column] else otherwise


def prose(row, column, *, limit, is_required=True):
    """Free text as it is kept."""
    text = kept(row[column])
    if not text and is_required:
        raise Problem(column, "empty")
    if len(text) > limit:
        raise Problem(column, "too_long", found=len(text), at_most=limit)
    return text


def topic(row):
    name = fields.text(row, "topic", limit=topics.LONGEST, is_required=False)
    if name and not topics.is_name(name):
        raise Problem("topic", "person_in_code")
    return name


def instalment(row):
    if not row["instalment"]:
        return None
    together(row, "loan_id")
    return fields.number(row, "instalment")


def who_speaks(row):
    speaker = given(row, "speaker", SPEAKERS, "borrower")
    authority = prose(row, "authority", limit=200, is_required=speaker != "borrower")
    if authority and speaker == "borrower":
        raise Problem("speaker", "unknown_value", one_of="agent, third")
    return speaker, authority


def forwarded(row) -> tuple[str, str, date | None]:
    """(hotline, its number, its last day) of what a hotline passed on; nothing of the rest."""
    if any(row[column] for column in ("hotline", "hotline_number", "hotline_due_on")):
        together(row, "hotline", "hotline_number")
        hotline = fields.choice(row, "hotline", HOTLINES)
        due_on = fields.day(row, "hotline_due_on", is_required=False)
        return hotline, fields.code(row, "hotline_number", limit=64), due_on
    return "", "", None


def is_complex(row, kind):
    said = bool(row["complex"]) and fields.choice(row, "complex", {"yes", "no"}) == "yes"
    if said and kind != "complaint":
        raise Problem("complex", "unknown_value")
    return said


def answered(row, *, received_at, at):
    """(when it was answered, how); neither where it still waits."""
    answer = prose(row, "answer", limit=LONGEST, is_required=False)
    if not row["answered_at"]:
        if answer:
            together(row, "answered_at")
        return None, ""
    when, _on = fields.moment(row, "answered_at", zone=native.ZONE)
    if when > at:
        raise Problem("answered_at", "in_future")
    if when < received_at:
        raise Problem("answered_at", "before_received")
    return when, answer


def together(row, *columns):
    """Raises Problem where one of these columns is empty, which belong to what is told beside them."""
    for column in columns:
        if not row[column]:
            raise Problem(column, "empty")


LAYOUT = Layout(
    code=RESPONSE,
    source=native.LAYOUT.source,
    source_name=native.LAYOUT.source_name,
    zone=native.ZONE,
    files=(
        File(
            "responses.csv",
            RESPONSE,
            COLUMNS,
            key="response_id",
            personal=("words", "authority", "answer"),
            optional=OPTIONAL,
            prose=("words", "authority", "answer"),
            forms={
                "received_at": MOMENT,
                "answered_at": MOMENT,
                "hotline_due_on": DAY,
                "instalment": NUMBER,
            },
            aliases=dict(
                zip(
                    "反馈编号 收到时间 类别 渠道 借款人编号 贷款编号 期数 环节 内容 主题 发言人 授权依据 "
                    "热线 热线编号 热线期限 复杂 答复时间 答复".split(),
                    COLUMNS,
                    strict=True,
                )
            ),
        ),
    ),
    owner=OWNER,
)
LAYOUTS = (LAYOUT,)
