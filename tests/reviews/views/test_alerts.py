import pytest

from tests import stories


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 2), ("rule=worst_late", 1), ("rule=last_late", 1), ("rule=late_share", 0), ("status=open", 2),
     ("status=waiting", 0), ("opening=True", 0), ("opening=False", 2), ("rule=worst_late&status=open", 1)],
)  # fmt: skip
def test_alerts_are_filtered_by_rule_status_and_opening(client, ana, query, count):
    stories.a_case(stories.a_borrower())
    stories.a_case(stories.a_borrower(), rule="last_late", feature="last_days_late", value=9)
    client.force_login(ana)
    page = client.get(f"/alerts/?{query}")
    assert page.context["total"] == count
    assert stories.NAME not in page.content.decode()
