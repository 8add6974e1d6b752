"""The facts of one loan as they stand in the database, and what the domain makes of them."""

from dataclasses import dataclass
from datetime import date

from servicing.domain import archive
from servicing.models import Instalment, Loan, Pause, Payment


@dataclass(frozen=True)
class Terms:
    """A loan with its plan, its money and its pauses, read once."""

    loan: Loan
    plan: list[Instalment]
    payments: list[Payment]
    pauses: list[Pause]

    @classmethod
    def of(cls, loan):
        return cls(loan, list(loan.instalments.all()), list(loan.payments.all()), list(loan.pauses.all()))

    def outcome(self):
        """How the loan ended, or None while something is unpaid."""
        return archive.settle(
            self.plan,
            self.payments,
            disbursed_on=self.loan.disbursed_on,
            written_off_on=self.loan.written_off_on,
            pauses=self.pauses,
        )

    def cleared(self):
        """The day on which each instalment in force was paid in full, by number."""
        return archive.clear(self.plan, self.payments)

    @property
    def conventions(self):
        """By which the product's contracts are paid off."""
        return archive.Conventions.of(self.loan.product.conventions)

    def quote(self, *, on):
        """What pays the loan off on a day; raises NotKnown."""
        return archive.quote(
            self.plan,
            self.payments,
            principal=self.loan.principal,
            annual_rate=self.loan.annual_rate,
            disbursed_on=self.loan.disbursed_on,
            conventions=self.conventions,
            on=on,
        )

    def standing(self, *, on=date.max):
        """How the loan stands at the end of a day, or with all that is known."""
        return archive.standing(
            self.plan,
            self.payments,
            on=on,
            written_off_on=self.loan.written_off_on,
            pauses=self.pauses,
        )
