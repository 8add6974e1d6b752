"""The import pages: an officer stages, a lead applies, and nobody else does either."""

import csv
import io
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from servicing.actions import controls, intake, jobs
from servicing.domain.intake import LAYOUTS
from servicing.models import Approval, ImportBatch, LedgerEntry, Loan, Observation, Reject
from tests.cast import NOON, TODAY
from tests.servicing.books import BOOK
from tests.servicing.said import SAID, a_bureau, two_people

REASON = "a file of the wrong month"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    settings.UPLOADS = tmp_path / "uploads"
    return settings.UPLOADS


def upload(client, texts=BOOK, note=""):
    files = [SimpleUploadedFile(name, text.encode()) for name, text in texts.items()]
    given = {"layout": "native", "files": files, "note": note}
    return client.post(reverse("servicing:import-stage"), given)


def page(client, batch, name="detail"):
    return client.get(reverse(f"servicing:import-{name}", args=[batch.pk]))


def apply(client, batch):
    digest = intake.digest(ImportBatch.objects.get(pk=batch.pk))
    return client.post(reverse("servicing:import-apply", args=[batch.pk]), {"digest": digest})


@pytest.fixture
def checked(client, wei):
    """A batch with one ugly loan, staged by wei and checked."""
    client.force_login(wei)
    upload(client, BOOK | {"loans.csv": BOOK["loans.csv"].replace("105.5,", "105.6,")})
    intake.work(at=timezone.now(), on=TODAY)
    return ImportBatch.objects.get()


def test_an_officer_stages_files_and_sees_the_bar(client, wei):
    client.force_login(wei)
    answer = upload(client)
    batch = ImportBatch.objects.get()
    assert answer.url == reverse("servicing:import-detail", args=[batch.pk])
    assert (batch.door, batch.staged_by, batch.status) == ("browser", wei, "staging")
    assert b'hx-trigger="every 2s"' in page(client, batch).content
    assert b"<progress" in page(client, batch, "progress").content
    assert not Loan.objects.exists()


def test_the_bar_gives_way_to_the_page_when_the_work_is_over(client, checked):
    assert page(client, checked, "progress").headers["HX-Refresh"] == "true"


def test_the_lead_applies_what_the_officer_staged(client, ana, checked):
    client.force_login(ana)
    assert reverse("servicing:import-apply", args=[checked.pk]) in page(client, checked).content.decode()
    apply(client, checked)
    intake.work(at=timezone.now(), on=TODAY)
    checked.refresh_from_db()
    assert (checked.status, checked.applied_by, checked.counts["loans"]) == ("applied", ana, 2)


def test_a_lead_who_became_lead_after_staging_does_not_apply(client, wei, ana, checked):
    wei.role = ana.role
    wei.save()
    client.force_login(wei)
    assert reverse("servicing:import-apply", args=[checked.pk]) not in page(client, checked).content.decode()
    apply(client, checked)
    checked.refresh_from_db()
    assert checked.status == "checked"


def test_a_stuck_import_says_so_and_has_two_ways_out(client, wei, ana, clock):
    client.force_login(wei)
    upload(client)
    batch = ImportBatch.objects.get()
    batch.run.shards.update(attempts=3)
    jobs.quarantine(by=clock, at=NOON, on=TODAY)
    assert page(client, batch, "progress").headers["HX-Refresh"] == "true"
    text = page(client, batch).content.decode()
    retry, withdraw = (reverse(f"servicing:import-{verb}", args=[batch.pk]) for verb in ("retry", "withdraw"))
    assert "every 2s" not in text
    assert retry in text
    assert withdraw in text
    client.force_login(ana)
    text = page(client, batch).content.decode()
    assert retry not in text
    client.post(retry)
    assert batch.run.shards.filter(status="quarantined").exists()
    client.force_login(wei)
    client.post(retry)
    assert "every 2s" in page(client, batch).content.decode()
    assert not batch.run.shards.filter(status="quarantined").exists()


def test_who_staged_withdraws_what_is_checked(client, wei, bo, checked):
    url = reverse("servicing:import-withdraw", args=[checked.pk])
    client.force_login(bo)
    assert url not in page(client, checked).content.decode()
    client.post(url, {"reason": REASON})
    client.force_login(wei)
    assert url in page(client, checked).content.decode()
    client.post(url)
    checked.refresh_from_db()
    assert checked.status == "checked"  # one click is not enough
    client.post(url, {"reason": REASON})
    text = page(client, checked).content.decode()
    for words in (
        "已撤回",
        f"{wei} 于 ",
        REASON,
        "未入库任何内容",
        "原拟发生的变更",
        "均未建立",
        "原拟导入的贷款示例",
    ):
        assert words in text
    assert "已发生的变更" not in text
    assert reverse("servicing:import-mend", args=[checked.pk]) not in text  # its rows are gone
    text = client.get(reverse("servicing:import-list")).content.decode()
    assert "已撤回" in text
    assert "已拒收" not in text
    assert upload(client).url != reverse("servicing:import-detail", args=[checked.pk])


def test_the_same_files_lead_to_the_import_that_has_them(client, wei):
    client.force_login(wei)
    first, second = upload(client), upload(client)
    intake.work(at=timezone.now(), on=TODAY)
    text = client.get(second.url).content.decode()
    assert f'href="{first.url}"' in text
    assert "此前已由另一导入接收" in text


def test_files_that_cannot_be_read_say_why_on_their_page(client, wei):
    client.force_login(wei)
    answer = upload(client, {"loans.csv": "a,b\n"})
    batch = ImportBatch.objects.get()
    assert b"<progress" in client.get(answer.url).content
    intake.work(at=timezone.now(), on=TODAY)
    assert page(client, batch, "progress").headers["HX-Refresh"] == "true"
    batch.refresh_from_db()
    assert batch.status == "refused"
    assert "borrowers.csv" in client.get(answer.url).content.decode()


def test_the_empty_workbook_is_read_as_the_layout_and_said_to_be_empty(client, wei):
    client.force_login(wei)
    empty = client.get(reverse("servicing:import-template", args=["native", "xlsx"]))
    content = b"".join(empty.streaming_content)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["borrowers", "loans", "instalments", "payments", "guarantors"]
    assert [cell.value for cell in book["borrowers"][1]] == ["借款人编号", "姓名", "身份证号", "手机号"]
    sent = SimpleUploadedFile("aftercare-native.xlsx", content)
    client.post(reverse("servicing:import-stage"), {"layout": "native", "files": [sent], "note": ""})
    intake.work(at=timezone.now(), on=TODAY)
    assert ImportBatch.objects.get().refusal == "no_rows borrowers.csv"


def test_the_empty_csv_files_of_every_layout_are_packed_together(client, wei):
    client.force_login(wei)
    client.cookies["django_language"] = "en"
    for layout in LAYOUTS:
        empty = client.get(reverse("servicing:import-template", args=[layout.code, "zip"]))
        packed = zipfile.ZipFile(io.BytesIO(b"".join(empty.streaming_content)))
        heads = {name: packed.read(name).decode("utf-8-sig").strip() for name in packed.namelist()}
        assert heads == {file.name: ",".join(file.columns) for file in layout.files}
    assert client.get(reverse("servicing:import-template", args=["native", "exe"])).status_code == 404


def test_a_form_without_files_is_shown_again(client, wei):
    client.force_login(wei)
    assert client.post(reverse("servicing:import-stage"), {"layout": "native"}).status_code == 200
    assert not ImportBatch.objects.exists()


def test_rejects_are_a_table_and_a_harmless_file(client, checked):
    checked.rejects.create(file="loans.csv", line=9, column="=HYPERLINK(1)", reason="too_long")
    assert "total_due" in page(client, checked).content.decode()
    answer = client.post(reverse("servicing:import-rejects", args=[checked.pk]))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 3
    assert rows[1][:3] == ["loans.csv", "3", "total_due"]
    assert rows[1][3].endswith("：文件中为 105.6，应为 105.50")
    assert rows[2][2] == "'=HYPERLINK(1)"
    assert LedgerEntry.objects.get(what="reject.exported").detail["rows"] == 2


def test_the_list_tells_imports_apart(client, wei):
    client.force_login(wei)
    upload(client, note="October of branch 3, 13800138000")
    intake.work(at=timezone.now(), on=TODAY)
    batch = ImportBatch.objects.get()
    content = client.get(reverse("servicing:import-list")).content.decode()
    assert f'<a href="{reverse("servicing:import-detail", args=[batch.pk])}">{batch.pk}</a>' in content
    assert "October of branch 3, 1*********0" in content
    assert batch.row_count == 15
    assert ">15<" in content


def test_another_name_on_file_is_said_before_and_after(client, wei, ana, checked):
    client.force_login(ana)
    apply(client, checked)
    intake.work(at=timezone.now(), on=TODAY)
    client.force_login(wei)
    upload(client, BOOK | {"borrowers.csv": BOOK["borrowers.csv"].replace("10000000001", "10000000009")})
    intake.work(at=timezone.now(), on=TODAY)
    text = page(client, ImportBatch.objects.get(status="checked")).content.decode()
    for words in ("以库中为准", "100****0001", "100****0009", "手机号 1"):
        assert words in text
    assert "10000000009" not in text


def test_a_preview_that_another_import_outran_says_which_and_is_made_anew(client, wei, bo, ana, checked):
    client.force_login(bo)
    upload(client, BOOK | {"loans.csv": BOOK["loans.csv"].replace("cash-2", "cash-9")})
    intake.work(at=timezone.now(), on=TODAY)
    client.force_login(ana)
    apply(client, checked)
    intake.work(at=timezone.now(), on=TODAY)
    other = ImportBatch.objects.get(status="checked")
    text = page(client, other).content.decode()
    assert f"导入 {checked.pk} 更改了" in text
    assert reverse("servicing:import-apply", args=[other.pk]) not in text
    client.post(reverse("servicing:import-check", args=[other.pk]))
    intake.work(at=timezone.now(), on=TODAY)
    text = page(client, other).content.decode()
    assert reverse("servicing:import-apply", args=[other.pk]) in text
    assert f"导入 {checked.pk} 更改了" not in text


def test_a_refused_delivery_says_what_was_sent_where_it_is_wrong_and_what_is_allowed(client, ana, checked):
    ImportBatch.objects.update(status="refused", refusal="extra_column loans.csv:1:9", name="bad.xlsx")
    client.force_login(ana)
    text = page(client, checked).content.decode()
    for words in ("bad.xlsx，工作表 loans", "第 1 行", "第 9 列", "principal", "重新提交"):
        assert words in text


def test_an_undo_that_cannot_be_says_what_stands_against_it(client, ana, checked):
    found = [["loan", "L3", "payment.came"], ["", "", "case"], ["", "", "some_table"]]
    ImportBatch.objects.update(status="applied", refusal="built_on", preview={"built_on": found})
    client.force_login(ana)
    text = page(client, checked).content.decode()
    for words in ("贷款 L3：", "some_table", "案件", "即使作废结清证明"):
        assert words in text
    assert reverse("servicing:import-ask", args=[checked.pk]) not in text
    ImportBatch.objects.update(preview={"built_on": [["importbatch", "9", "import.applied"]]})
    text = page(client, checked).content.decode()
    assert "请先撤销" in text
    assert reverse("servicing:import-ask", args=[checked.pk]) in text


@pytest.mark.parametrize("who", ["wei", "bo", "pei", "ada"])
def test_the_door_of_who_applies_lets_nobody_else_do_it(client, request, checked, who):
    """It is open to deputies, so the action and not the door refuses the others."""
    client.force_login(request.getfixturevalue(who))
    given = {"digest": intake.digest(checked)}
    client.post(reverse("servicing:import-apply", args=[checked.pk]), given)
    checked.refresh_from_db()
    assert checked.status == "checked"


def test_a_deputy_applies_for_the_lead_who_is_away(client, checked, bo, ana):
    today = timezone.localdate()
    controls.appoint(person=ana, deputy=bo, from_on=today, to_on=today, by=ana, at=timezone.now())
    client.force_login(bo)
    given = {"digest": intake.digest(checked)}
    client.post(reverse("servicing:import-apply", args=[checked.pk]), given)
    checked.refresh_from_db()
    assert (checked.status, checked.applied_by) == ("applying", bo)
    assert LedgerEntry.objects.get(what="import.applied").detail["deputy_for"] == ana.pk


@pytest.mark.parametrize(
    ("who", "verb", "may"),
    [
        ("wei", "stage", True), ("ana", "stage", False), ("lin", "stage", False), ("max_", "stage", False),
        ("lin", "apply", False), ("ana", "apply", True), ("hua", "apply", False), ("max_", "apply", False),
        ("ada", "list", True), ("pei", "list", True), ("hua", "list", False), ("tom", "list", False),
        ("lin", "retry", False), ("lin", "withdraw", False), ("wei", "withdraw", True),
        ("ada", "rejects", True), ("lin", "rejects", False),
    ],
)  # fmt: skip
def test_every_door_knows_who_may_enter(client, request, checked, who, verb, may):
    client.force_login(request.getfixturevalue(who))
    args = [] if verb in ("stage", "list") else [checked.pk]
    ask = client.get if verb in ("stage", "list") else client.post
    assert (ask(reverse(f"servicing:import-{verb}", args=args)).status_code != 403) is may


def test_who_may_not_stage_leaves_nothing_on_the_disk(client, lin, uploads):
    client.force_login(lin)
    assert upload(client).status_code == 403
    client.logout()
    assert upload(client).status_code == 302
    assert not uploads.exists() or list(uploads.iterdir()) == []


def test_an_upload_that_is_refused_leaves_nothing_on_the_disk(
    client, wei, uploads, django_capture_on_commit_callbacks
):
    client.force_login(wei)
    upload(client, {"loans.csv": "a,b\n" * 500_000})
    upload(client, BOOK | {"other.csv": "x"})
    with django_capture_on_commit_callbacks(execute=True):
        intake.work(at=timezone.now(), on=TODAY)
    assert ImportBatch.objects.filter(status="refused").count() == 2
    assert list(uploads.iterdir()) == []


def test_the_page_shows_the_preview_and_the_application_says_that_it_began(client, ana, checked):
    client.force_login(ana)
    text = page(client, checked).content.decode()
    for words in ("将发生的变更", "cash-2", "张**", "新产品"):
        assert words in text
    answer = client.post(
        reverse("servicing:import-apply", args=[checked.pk]), {"digest": intake.digest(checked)}, follow=True
    )
    assert "正在入库" in answer.content.decode()


def test_what_looks_cut_off_is_said_above_the_button(client, wei, ana):
    client.force_login(wei)
    cut = BOOK["payments.csv"].splitlines(keepends=True)
    upload(client, BOOK | {"payments.csv": cut[0] + "".join(cut[4:]).rstrip()})
    intake.work(at=timezone.now(), on=TODAY)
    batch = ImportBatch.objects.get()
    client.force_login(ana)
    text = page(client, batch).content.decode()
    for words in ("payments.csv：最后一行没有换行符", "1 笔新贷款已有到期分期却没有任何还款"):
        assert words in text
        assert text.index(words) < text.index("将发生的变更")
    apply(client, batch)
    intake.work(at=timezone.now(), on=TODAY)
    assert "入库前请与发送方核对" not in page(client, batch).content.decode()


def test_a_missing_file_is_named_with_those_that_are_asked_for(client, ana, checked):
    ImportBatch.objects.update(status="refused", refusal="missing_file borrowers.csv", name="loans.csv")
    client.force_login(ana)
    text = page(client, checked).content.decode()
    assert "该版式需要的文件：" in text
    assert "工作表" not in text


def test_new_products_come_with_their_loans(client, ana, checked):
    client.force_login(ana)
    assert (
        '<span class="code">cash-2</span> <span class="soft">1 笔贷款'
        in page(client, checked).content.decode()
    )
    ImportBatch.objects.update(preview=checked.preview | {"new_products": ["cash-2"]})  # of before
    assert '<span class="code">cash-2</span><br>' in page(client, checked).content.decode()


def test_a_preview_that_holds_no_longer_is_not_applied(client, ana, checked):
    client.force_login(ana)
    answer = client.post(reverse("servicing:import-apply", args=[checked.pk]), {"digest": "old"}, follow=True)
    assert "已不再有效" in answer.content.decode()
    checked.refresh_from_db()
    assert checked.status == "checked"


def test_an_undo_is_asked_for_by_one_and_done_by_another(client, wei, ana, checked):
    client.force_login(ana)
    apply(client, checked)
    intake.work(at=timezone.now(), on=TODAY)
    client.force_login(wei)
    ask = reverse("servicing:import-ask", args=[checked.pk])
    assert ask in page(client, checked).content.decode()
    client.post(ask, {"reason": "short"})
    client.post(ask, {"reason": "a file of the wrong month"})
    client.force_login(ana)
    assert "a file of the wrong month" in page(client, checked).content.decode()
    approval = Approval.objects.get(kind="undo")
    proposal = reverse("servicing:approval-detail", args=[approval.pk])
    assert proposal in page(client, checked).content.decode()
    with CaptureQueriesContext(connection) as asked:
        assert "将移除的贷款" in client.get(proposal).content.decode()
    assert sum("b.status <> 'undone'" in query["sql"] for query in asked) == 1
    client.post(reverse("servicing:approval-approve", args=[approval.pk]), {"digest": approval.digest})
    intake.work(at=timezone.now(), on=TODAY)
    text = page(client, checked).content.decode()
    for words in (
        "已撤销",
        "曾发生、现已撤销的变更",
        "已撤销的贷款示例",
        f"由 {wei} 申请",
        "a file of the wrong month",
    ):
        assert words in text
    assert "已发生的变更" not in text
    assert not Loan.objects.exists()


def test_rows_to_mend_come_as_a_spreadsheet(client, wei, ada, checked):
    url = reverse("servicing:import-mend", args=[checked.pk])
    client.force_login(wei)
    assert client.post(url, {"words": "......."}).url == reverse("servicing:import-detail", args=[checked.pk])
    answer = client.post(url, {"words": "mend the rows of a delivery"}, follow=True)
    assert answer.content[:2] == b"PK"
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    head = [cell.value for cell in next(book["guarantors"].rows)]
    assert head[1:] == ["贷款编号", "担保人编号", "姓名", "手机号"]
    about = book["about"]["A1"].value
    assert "wei" in about
    assert "mend the rows" in about
    client.force_login(ada)
    assert url not in page(client, checked).content.decode()
    assert client.post(url).status_code == 403
    assert LedgerEntry.objects.filter(what="export.fetched").count() == 1


def test_the_list_of_places_repeats_no_key(client, wei, checked):
    Reject.objects.filter(batch=checked).update(key="990001198001010019")
    client.force_login(wei)
    url = reverse("servicing:import-rejects", args=[checked.pk])
    assert "99000119800101" not in client.post(url).content.decode()
    assert "99000119800101" not in page(client, checked).content.decode()


def told(client, text=SAID, source="bureau", layout="observations"):
    sent = SimpleUploadedFile("observations.csv", text.encode())
    given = {"layout": layout, "files": [sent], "source": source}
    return client.post(reverse("servicing:import-stage"), given)


def test_what_others_know_is_staged_shown_applied_and_undone_in_the_browser(client, wei, ana):
    two_people()
    a_bureau()
    client.force_login(wei)
    told(client, SAID + "O9,B9,inquiry,bank-a,2026-11-20,,,\n")
    intake.work(at=timezone.now(), on=TODAY)
    batch = ImportBatch.objects.get()
    client.force_login(ana)
    text = page(client, batch).content.decode()
    for words in ("Bureau", "L-1", "新外部信息", "1 × 他处余额", "RB1", "1200.50", "档案中没有此人"):
        assert words in text
    apply(client, batch)
    intake.work(at=timezone.now(), on=TODAY)
    assert ">4<" in client.get(reverse("servicing:import-list")).content.decode()
    client.force_login(wei)
    ask = reverse("servicing:import-ask", args=[batch.pk])
    assert "以往各日" in page(client, batch).content.decode()
    client.post(ask, {"reason": "the file of another month"})
    approval = Approval.objects.get()
    client.force_login(ana)
    url = reverse("servicing:approval-detail", args=[approval.pk])
    assert "将撤回的外部信息" in client.get(url).content.decode()
    client.post(reverse("servicing:approval-approve", args=[approval.pk]), {"digest": approval.digest})
    intake.work(at=timezone.now(), on=TODAY)
    assert ImportBatch.objects.get().status == "undone"
    assert not Observation.objects.filter(withdrawn_on=None).exists()


@pytest.mark.parametrize(
    ("layout", "source", "words"),
    [
        ("observations", "", "请选择信息来源"),
        ("observations", "rumour", "许可未登记"),
        ("observations", "nobody", "选择一个有效的选项"),
        ("native", "bureau", "由贷款机构自己提供"),
    ],
)
def test_who_may_not_tell_is_refused_in_a_sentence(client, wei, layout, source, words):
    a_bureau()
    a_bureau("rumour", licence="")
    client.force_login(wei)
    assert words in told(client, source=source, layout=layout).content.decode()
    assert not ImportBatch.objects.exclude(status="refused").exists()


def test_the_empty_workbook_of_what_others_know_has_names_in_both_languages(client, wei):
    client.force_login(wei)
    for language, first in (("zh-hans", "信息编号"), ("en", "observation_id")):
        client.cookies["django_language"] = language
        empty = client.get(reverse("servicing:import-template", args=["observations", "xlsx"]))
        book = openpyxl.load_workbook(io.BytesIO(b"".join(empty.streaming_content)))
        assert book["observations"]["A1"].value == first
