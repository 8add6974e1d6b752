"""Our own layout, documented in docs/layouts.md: five files, one row a fact, Beijing days."""

from servicing.domain.archive import Due
from servicing.domain.intake import fields
from servicing.domain.intake.layout import (
    BORROWER,
    GUARANTOR,
    INSTALMENT,
    LOAN,
    PAYMENT,
    BorrowerFacts,
    File,
    GuarantorFacts,
    Layout,
    LoanFacts,
    PaymentFacts,
    Problem,
)
from servicing.domain.intake.spelling import DAY, MOMENT, MONEY, NUMBER

ZONE = "Asia/Shanghai"
ORIGINS = frozenset({"borrower", "guarantor", "waiver", "recovery", "refinancing", "transfer", "refund"})
OUTCOMES = frozenset({"succeeded", "failed"})


def borrower(row):
    return BorrowerFacts(
        fields.text(row, "borrower_id"),
        fields.name(row, "name"),
        fields.national_id(row, "national_id"),
        fields.phone(row, "phone"),
    )


def loan(row):
    facts = LoanFacts(
        external_id=fields.key(row, "loan_id"),
        borrower=fields.text(row, "borrower_id"),
        product=fields.code(row, "product"),
        currency=fields.currency(row, "currency"),
        principal=fields.money(row, "principal"),
        total_due=fields.money(row, "total_due"),
        disbursed_on=fields.day(row, "disbursed_on"),
        written_off_on=fields.day(row, "written_off_on", is_required=False),
        annual_rate=fields.rate(row, "annual_rate"),
    )
    if facts.total_due < facts.principal:
        raise Problem("total_due", "below_principal", found=facts.total_due, at_least=facts.principal)
    fields.not_before("written_off_on", facts.written_off_on, facts.disbursed_on)
    return facts


def instalment(row, loan):
    due = Due(
        fields.number(row, "number"),
        fields.day(row, "due_on"),
        fields.money(row, "amount"),
        fields.grace(row, "grace_days"),
    )
    if loan:
        fields.not_before("due_on", due.due_on, loan.disbursed_on)
    return due


def payment(row, loan):
    paid_at, paid_on = fields.moment(row, "paid_at", zone=ZONE)
    paid = PaymentFacts(
        fields.text(row, "payment_id"),
        fields.money(row, "amount"),
        paid_at,
        paid_on,
        fields.choice(row, "origin", ORIGINS),
        fields.choice(row, "outcome", OUTCOMES),
        fields.code(row, "channel", is_required=False),
        fields.code(row, "error_code", is_required=False),
        fields.day({"reversed_on": ""} | row, "reversed_on", is_required=False),
        fields.code({"app_version": ""} | row, "app_version", is_required=False),
    )
    # Nobody can take back what never came, and a refund either went out or is none.
    if paid.outcome == "failed" and (paid.reversed_on or paid.origin == "refund"):
        raise Problem("outcome", "unknown_value")
    if paid.error_code and paid.outcome == "succeeded":
        raise Problem("error_code", "error_of_success")
    if loan:
        fields.not_before("paid_at", paid_on, loan.disbursed_on)
    return paid


def guarantor(row, loan):
    return GuarantorFacts(
        fields.text(row, "guarantor_id"), fields.name(row, "name"), fields.phone(row, "phone")
    )


LAYOUT = Layout(
    code="native",
    source="native",
    source_name="Loan core",
    zone=ZONE,
    files=(
        File(
            "borrowers.csv",
            BORROWER,
            ("borrower_id", "name", "national_id", "phone"),
            key="borrower_id",
            personal=("name", "national_id", "phone"),
            aliases={
                "借款人编号": "borrower_id",
                "姓名": "name",
                "身份证号": "national_id",
                "手机号": "phone",
            },
        ),
        File(
            "loans.csv",
            LOAN,
            (
                "loan_id",
                "borrower_id",
                "product",
                "currency",
                "principal",
                "total_due",
                "disbursed_on",
                "written_off_on",
                "annual_rate",
            ),
            key="loan_id",
            parent="borrower_id",
            optional=("annual_rate",),
            forms={"principal": MONEY, "total_due": MONEY, "disbursed_on": DAY, "written_off_on": DAY},
            aliases={
                "贷款编号": "loan_id",
                "借款人编号": "borrower_id",
                "产品": "product",
                "币种": "currency",
                "本金": "principal",
                "应还总额": "total_due",
                "放款日期": "disbursed_on",
                "核销日期": "written_off_on",
                "年利率": "annual_rate",
            },
        ),
        File(
            "instalments.csv",
            INSTALMENT,
            ("loan_id", "number", "due_on", "amount", "grace_days"),
            key="number",
            parent="loan_id",
            optional=("grace_days",),
            forms={"number": NUMBER, "due_on": DAY, "amount": MONEY, "grace_days": NUMBER},
            aliases={
                "贷款编号": "loan_id",
                "期数": "number",
                "到期日": "due_on",
                "应还金额": "amount",
                "宽限天数": "grace_days",
            },
        ),
        File(
            "payments.csv",
            PAYMENT,
            (
                "loan_id",
                "payment_id",
                "paid_at",
                "amount",
                "origin",
                "outcome",
                "channel",
                "error_code",
                "reversed_on",
                "app_version",
            ),
            key="payment_id",
            parent="loan_id",
            optional=("reversed_on", "app_version"),
            forms={"paid_at": MOMENT, "amount": MONEY, "reversed_on": DAY},
            aliases={
                "贷款编号": "loan_id",
                "还款编号": "payment_id",
                "还款时间": "paid_at",
                "还款金额": "amount",
                "资金来源": "origin",
                "结果": "outcome",
                "渠道": "channel",
                "错误码": "error_code",
                "冲正日期": "reversed_on",
                "应用版本": "app_version",
            },
        ),
        File(
            "guarantors.csv",
            GUARANTOR,
            ("loan_id", "guarantor_id", "name", "phone"),
            key="guarantor_id",
            parent="loan_id",
            personal=("name", "phone"),
            required=False,
            aliases={"贷款编号": "loan_id", "担保人编号": "guarantor_id", "姓名": "name", "手机号": "phone"},
        ),
    ),
    borrower=borrower,
    loan=loan,
    parts={INSTALMENT: instalment, PAYMENT: payment, GUARANTOR: guarantor},
)
