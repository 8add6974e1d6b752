"""The facts of one loan as they stand in the database, and what the domain makes of them."""

from dataclasses import dataclass
from decimal import Decimal

from servicing.domain import archive
from servicing.models import Instalment, Loan, Payment


@dataclass(frozen=True)
class Terms:
    """A loan with its plan, its money and its pauses, read once."""

    loan: Loan
    plan: list[Instalment]
    payments: list[Payment]

    @classmethod
    def of(cls, loan):
        return cls(loan, list(loan.instalments.all()), list(loan.payments.all()))

    @property
    def in_force(self):
        return [row for row in self.plan if row.replaced_on is None]

    @property
    def money(self):
        return [row for row in self.payments if row.reversed_on is None]

    @property
    def came(self):
        return [row for row in self.money if row.origin != Payment.Origin.REFUND]

    @property
    def went_back(self):
        return [row for row in self.money if row.origin == Payment.Origin.REFUND]

    def outcome(self):
        """How the loan ended, or None while something is unpaid."""
        return archive.settle(
            self.in_force,
            self.came,
            disbursed_on=self.loan.disbursed_on,
            written_off_on=self.loan.written_off_on,
        )

    def cleared(self):
        """The day on which each instalment in force was paid in full, by number."""
        return archive.clear(self.in_force, self.came)

    def overpaid(self):
        """Money that is still the borrower's own."""
        came = sum((p.amount for p in self.came if p.outcome == Payment.Outcome.SUCCEEDED), Decimal(0))
        back = sum((p.amount for p in self.went_back), Decimal(0))
        return max(came - back - sum(due.amount for due in self.in_force), Decimal(0))
