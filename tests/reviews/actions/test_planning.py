import pytest
from django.db import connection

from reviews.actions.recheck import planning
from reviews.models import Alert
from tests.cast import TODAY
from tests.reviews.histories import a_borrower

CLOSED = {
    "rule": "worst_late", "rule_version": 1, "group": "repayment", "status": "closed", "severity": 1,
    "priority": 1,
    "evidence": {}, "latest": {}, "opened_on": TODAY, "refreshed_on": TODAY, "closed_on": TODAY,
}  # fmt: skip


def counted():
    with connection.cursor() as cursor:
        cursor.execute("select reltuples from pg_class where relname = 'reviews_alert'")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_a_table_that_has_changed_much_is_counted_before_a_run_and_then_no_more():
    borrower = a_borrower()
    Alert.objects.bulk_create(Alert(borrower=borrower, **CLOSED) for _ in range(1200))
    with connection.cursor() as cursor:
        cursor.execute("select pg_stat_force_next_flush()")
    planning.count_anew()
    assert counted() == 1200
    assert planning.count_anew() == 0
