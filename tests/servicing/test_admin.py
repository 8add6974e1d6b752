"""Django's admin: for admins alone, without borrowers or rules, and every change in the ledger."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from config.admin import TASKS
from config.celery import SCHEDULE
from servicing.actions import ledger
from servicing.admin.archive import ASKED
from servicing.domain import periods
from servicing.domain import staff as table
from servicing.domain.archive.conventions import CHOICES, Conventions
from servicing.domain.archive.schedule import METHODS
from servicing.models import CalendarDay, Period, Product, Staff
from servicing.templatetags import conventions as conventions_in_words
from servicing.templatetags import periods as periods_in_words
from servicing.templatetags import staff as staff_in_words
from tests.cast import PASSWORD, TODAY

DEFAULTS = {name: codes[0] for name, codes in CHOICES.items() if name in ASKED}


@pytest.fixture
def desk(client, max_):
    client.force_login(max_, backend="django.contrib.auth.backends.ModelBackend")
    return client


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_no_borrower_and_no_rule_stands_in_it():
    shown = {model._meta.label for model in admin.site._registry}
    assert shown == {
        "servicing.Staff",
        "servicing.Product",
        "servicing.Source",
        "servicing.Period",
        "servicing.CalendarDay",
        "auth.Group",
        "django_celery_beat.PeriodicTask",
        "django_celery_beat.IntervalSchedule",
        "django_celery_beat.CrontabSchedule",
    }


@pytest.mark.parametrize("who", ["wei", "ana", "lin", "hua", "pei", "ada", "tom"])
def test_nobody_else_may_enter(client, request, who):
    client.force_login(request.getfixturevalue(who), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("admin:index")).status_code == 403
    assert client.get(url(Product, "changelist")).status_code == 403


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_every_list_and_form_opens(desk, model):
    assert desk.get(url(model, "changelist")).status_code == 200
    row = model.objects.exclude(pk=None).last() if model is not Staff else Staff.objects.get(username="wei")
    if row:
        assert desk.get(url(model, "change", row.pk)).status_code == 200


def test_a_change_is_one_row_in_the_ledger(desk, max_):
    product = Product.objects.create(code="p1", name="before")
    desk.post(url(Product, "change", product.pk), DEFAULTS | {"name": "after"})
    entry = ledger.latest(product)
    assert (entry.what, entry.by) == ("product.changed", max_)
    assert entry.detail == {"change": {"name": ["before", "after"]}}


def test_deleting_is_in_the_ledger_too(desk, max_):
    day = CalendarDay.objects.create(day=TODAY, is_workday=False, note="mistake")
    ghost = CalendarDay(pk=day.pk)
    chosen = {"action": "delete_selected", "_selected_action": day.pk, "post": "yes"}
    desk.post(url(CalendarDay, "changelist"), chosen)
    assert not CalendarDay.objects.exists()
    assert ledger.latest(ghost).what == "calendarday.deleted"


def test_a_product_stays_and_its_loans_are_not_listed(desk):
    product = Product.objects.create(code="p1", name="lent")
    assert desk.get(url(Product, "delete", product.pk)).status_code == 403


def test_a_new_person_has_no_role_and_the_password_is_not_in_the_ledger(desk):
    fields = {
        "username": "new",
        "name": "新人",
        "password1": "quite-a-long-secret-9",
        "usable_password": "true",
    }
    desk.post(url(Staff, "add"), fields | {"password2": fields["password1"]})
    person = Staff.objects.get(username="new")
    assert person.role is None
    assert "secret" not in str(ledger.latest(person).detail)


def test_a_password_is_not_the_admins_to_set(desk, ana):
    fields = {"password1": "another-long-secret-7", "password2": "another-long-secret-7"}
    assert desk.post(url(Staff, "changelist") + f"{ana.pk}/password/", fields).status_code == 403
    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)


def test_a_role_is_not_the_admins_to_grant(desk, tom):
    from django.contrib.auth.models import Group

    role = Group.objects.get(name="risk_lead").pk
    desk.post(
        url(Staff, "change", tom.pk), {"username": "tom", "name": "汤", "is_active": "on", "role": role}
    )
    tom.refresh_from_db()
    assert (tom.name, tom.role) == ("汤", None)


@pytest.fixture
def today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)


@pytest.mark.parametrize(
    "code",
    [
        "alert.held_above",
        "export.free_borrowers",
        "approval.days",
        "deputy.days",
        "verify.tries",
        "class.loss",
    ],
)
def test_what_grades_risk_or_guards_against_misuse_is_not_the_admins_to_set(desk, today, code):
    row = {"value": 9, "citation": "mine", "valid_from": TODAY, "code": code}
    desk.post(url(Period, "add"), row)
    assert not Period.objects.exists()
    period = Period.objects.create(code=code, value=8, citation="two people", valid_from=TODAY)
    desk.post(url(Period, "change", period.pk), row)
    assert Period.objects.get().value == 8


def test_a_setting_never_works_back(desk, today):
    past, row = TODAY - timedelta(days=1), {"value": 50, "citation": "mine", "code": "case.due"}
    desk.post(url(Period, "add"), row | {"valid_from": past})
    assert not Period.objects.exists()
    period = Period.objects.create(code="case.due", value=8, citation="before", valid_from=past)
    desk.post(url(Period, "change", period.pk), row | {"valid_from": TODAY})
    desk.post(url(Period, "delete", period.pk), {"post": "yes"})
    assert Period.objects.get().value == 8


def test_a_setting_of_the_house_is_the_admins_to_set(desk, today):
    row = {"value": 50, "citation": "mine", "valid_from": TODAY}
    desk.post(url(Period, "add"), row | {"code": "case.due"})
    assert Period.objects.get().value == 50


def test_a_setting_that_would_stop_the_house_is_refused(desk, today):
    row = {"citation": "mine", "valid_from": TODAY, "code": "job.attempts"}
    page = desk.post(url(Period, "add"), row | {"value": 0})
    assert "1 到 100000" in page.content.decode()
    assert not Period.objects.exists()


def test_the_page_of_settings_shows_what_is_in_force_and_where_to_change_it(desk):
    Period.objects.create(code="case.due", value=77, citation="minutes", valid_from=date(2001, 1, 1))
    page = desk.get(url(Period, "changelist")).content.decode()
    for default in periods.PERIODS:
        link = f"{url(Period, 'add')}?code={default.code}"
        assert (f'href="{link}"' in page) is not default.is_threshold
    assert "minutes" in page
    form = desk.get(url(Period, "add") + "?code=adverse.years").context["adminform"].form
    assert (form["code"].value(), form["value"].value()) == ("adverse.years", 5)


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ([p.code for p in periods.PERIODS], periods_in_words.NAMES),
        ([p.unit for p in periods.PERIODS], periods_in_words.UNITS),
        ([p.citation for p in periods.PERIODS], periods_in_words.CITATIONS),
        (table.RIGHTS, staff_in_words.RIGHTS),
        (table.ROLES, staff_in_words.ROLES),
        (SCHEDULE, TASKS),
    ],
)
def test_every_code_has_its_words(codes, words):
    assert set(codes) == set(words)


@pytest.mark.parametrize(
    "query", ["code=%00", "code__exact=%00", "valid_from__year=99999999", "is_active__exact=%00", "q%00=1"]
)
@pytest.mark.parametrize("model", [Staff, Period])
def test_a_hostile_query_is_a_bad_request(desk, model, query):
    assert desk.get(f"{url(model, 'changelist')}?{query}").status_code == 400


@pytest.mark.parametrize("chosen", ["abc", "\0", ""])
def test_a_choice_that_is_no_row_is_a_bad_request(desk, chosen):
    sent = {"action": "unlock", "_selected_action": chosen}
    assert desk.post(url(Staff, "changelist"), sent).status_code == 400


def test_a_redirect_to_the_slash_is_neither_framed_nor_kept(desk):
    response = desk.get("/loans")
    assert response.status_code == 301
    assert (response["X-Frame-Options"], response["Cache-Control"]) == ("DENY", "no-store")


def test_leaving_and_a_new_password_go_by_the_door_of_the_house(desk, max_):
    assert desk.get(reverse("admin:password_change")).url == reverse("password")
    desk.post(reverse("admin:logout"))
    assert ledger.latest(max_).what == "staff.signed_out"


def test_unlocking_lets_the_right_person_in_again(desk, client, wei, settings):
    settings.AXES_FAILURE_LIMIT = 2
    visitor = type(client)()
    page, wrong = reverse("sign-in"), {"username": "wei", "password": "wrong"}
    for _ in range(3):
        visitor.post(page, wrong)
    assert visitor.post(page, {"username": "wei", "password": PASSWORD}).status_code == 429
    desk.post(url(Staff, "changelist"), {"action": "unlock", "_selected_action": wei.pk})
    assert ledger.latest(wei).what == "staff.unlocked"
    assert visitor.post(page, {"username": "wei", "password": PASSWORD}).status_code == 302


def test_a_person_who_was_switched_off_is_out_at_the_next_request(desk, client, wei):
    visitor = type(client)()
    visitor.force_login(wei, backend="django.contrib.auth.backends.ModelBackend")
    assert visitor.get(reverse("today")).status_code == 200
    desk.post(url(Staff, "change", wei.pk), {"username": "wei", "name": "韦审"})
    assert visitor.get(reverse("today")).status_code == 302


def test_the_shipped_schedule_is_there_and_can_be_moved(desk):
    assert PeriodicTask.objects.filter(name="reviews.tasks.recheck_tonight").exists()
    task = PeriodicTask.objects.get(name="servicing.tasks.sweep")
    desk.post(url(PeriodicTask, "change", task.pk), {"interval": task.interval_id})
    task.refresh_from_db()
    assert not task.enabled
    assert ledger.latest(task).what == "periodictask.changed"


def test_nobody_is_a_superuser():
    assert Staff.is_superuser is False
    assert not hasattr(apps.get_model("servicing", "Staff")(), "user_permissions")


def test_the_conventions_of_a_product_are_chosen_in_words(desk):
    product = Product.objects.create(code="flash", name="Flash", conventions={"grace": "counted"})
    page = desk.get(url(Product, "change", product.pk)).content.decode()
    assert "全部提前还款时的利息" in page
    chosen = DEFAULTS | {"name": "Flash", "full_prepayment": "all_interest", "day_count": "actual/365"}
    desk.post(url(Product, "change", product.pk), chosen | {"day_count": "lunar"})
    product.refresh_from_db()
    assert product.conventions == {"grace": "counted"}
    desk.post(url(Product, "change", product.pk), chosen)
    product.refresh_from_db()
    assert Conventions.of(product.conventions) == Conventions(
        day_count="actual/365", full_prepayment="all_interest", grace="counted"
    )
    detail = ledger.latest(product).detail
    assert detail["change"]["full_prepayment"] == ["to_the_day", "all_interest"]


def test_every_convention_has_its_words():
    asked = set(conventions_in_words.QUESTIONS)
    assert set(conventions_in_words.ANSWERS) == {(name, code) for name in asked for code in CHOICES[name]}
    assert set(conventions_in_words.METHODS) == set(METHODS)
