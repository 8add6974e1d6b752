"""Django's admin: people, products, sources, calendar, settings. No borrower and no rule stands here."""

from servicing.admin.archive import ProductAdmin, SourceAdmin
from servicing.admin.audited import Audited
from servicing.admin.periods import CalendarDayAdmin, PeriodAdmin
from servicing.admin.staff import RoleAdmin, StaffAdmin

__all__ = [
    "Audited",
    "CalendarDayAdmin",
    "PeriodAdmin",
    "ProductAdmin",
    "RoleAdmin",
    "SourceAdmin",
    "StaffAdmin",
]
