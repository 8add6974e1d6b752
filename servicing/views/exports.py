"""A list as a file: asked for with a purpose, fetched by who asked."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from servicing.actions import exports, intake, periods
from servicing.forms import ExportForm, TraceForm
from servicing.gateways import files
from servicing.models import Export
from servicing.pages import TYPES, ListPage, file_of, list_page, right, spoken
from servicing.tables import ExportTable


def refusal(code, *, on):
    """Why there is no file, in words."""
    return {
        "right": _("This file is not yours to fetch."),
        "empty": _("The list is empty, so there is nothing to put into a file."),
        "too_many": _("A file holds at most %(count)s rows: narrow the filters.")
        % {"count": periods.value("export.most_rows", on=on)},
        "waits": _("This file waits for a second person."),
        "expired": _("This file has expired. Ask for it again."),
    }[code]


class ExportList(ListPage):
    right = "list.export"
    table_class = ExportTable
    title = gettext_lazy("My files")
    lead = gettext_lazy("What you asked for. Each time a file is fetched stands in the ledger.")
    empty_icon = "file-down"
    empty_title = gettext_lazy("You have asked for no file yet")
    empty_text = gettext_lazy("Lists of borrowers have a button for it.")

    def rows(self):
        return Export.objects.filter(by=self.person).for_export_page()

    def make_table(self, rows):
        return ExportTable(rows, at=timezone.now(), request=self.request)


def asked_list(request):
    """The list that a file is asked of; its filters come with the address."""
    query = request.GET.copy()
    name = query.pop("of", [""])[-1]
    try:
        page = list_page(request, name, query.urlencode())
    except LookupError:
        raise Http404 from None
    if not page.borrower:
        raise Http404
    return name, page


@right("list.export")
def export_new(request):
    """What the file would hold, and the purpose; a small one comes at once, a larger one waits."""
    at = timezone.now()
    on = timezone.localdate(at)
    name, page = asked_list(request)
    chosen, found = page.chosen()
    most = periods.value("export.most_rows", on=on)
    rows = list(page.in_order(found).values_list("pk", f"{page.borrower}_id")[: most + 1])
    usable, left_out = exports.usable(rows, on=on)
    people = {borrower for _pk, borrower in usable if borrower}
    form = ExportForm(request.POST or None)
    shown = {
        "form": form,
        "list": page,
        "filters": spoken(chosen),
        "chosen": chosen,
        "rows": len(usable),
        "borrowers": len(people),
        "left_out": left_out,
        "is_free": exports.is_free(request.user, people, at=at),
        "free": periods.value("export.free_borrowers", on=on),
    }
    if request.method == "POST" and form.is_valid():
        try:
            return made(request, name, page, shown | {"rows": rows}, form.cleaned_data, at)
        except exports.NotAllowed as refused:
            form.add_error(None, refusal(str(refused), on=on))
    status = 422 if form.is_bound else 200
    return render(request, "servicing/export_form.html", shown, status=status)


def made(request, name, page, shown, given, at):
    """The file itself, or the proposal that waits for a second person."""
    first = [pk for pk, _borrower in shown["rows"][: exports.SAMPLE]]

    def say():
        head, *sample = [[str(cell) for cell in row] for row in text_of(page, first)]
        return {"list": str(page.title), "filters": spoken(shown["chosen"]), "head": head, "sample": sample}

    export = exports.ask(
        view=name,
        right=page.right,
        spoken=exports.in_each_language(say),
        rows=shown["rows"],
        **given,
        by=request.user,
        at=at,
    )
    if export.approval:
        messages.success(request, _("Proposed. It waits for a second person."))
        return redirect("servicing:approval-detail", export.approval_id)
    return sent(export, page, by=request.user, at=at)


def text_of(page, ids):
    """Rows of a list by their ids, in this order, as a file or a second person sees them: head first.

    Without those of borrowers whose data came to be only kept since they were asked for.
    """
    rows = page.reachable().filter(pk__in=ids)
    usable, _left_out = exports.usable(
        list(rows.values_list("pk", f"{page.borrower}_id")), on=timezone.localdate()
    )
    found = {row.pk: row for row in rows.filter(pk__in=[pk for pk, _borrower in usable])}
    table = page.make_table([found[pk] for pk in ids if pk in found])
    head, *rows = table.as_values()
    named = getattr(table, "in_files", {})
    return [[str(named.get(*one)) for one in zip(table.base_columns, head, strict=True)], *rows]


@right("list.export")
def export_file(request, pk):
    """An approved file, as often as it is wanted until it expires; only for who asked."""
    at = timezone.now()
    export = get_object_or_404(Export.objects.filter(by=request.user).for_export_page(), pk=pk)
    try:
        exports.check(export=export, by=request.user, at=at)
        if intake.is_of_rows(export):
            return sent_rows(export, by=request.user, at=at)
        return sent(export, list_page(request, export.view, ""), by=request.user, at=at)
    except LookupError:
        messages.error(request, refusal("right", on=timezone.localdate(at)))
    except exports.NotAllowed as refused:
        messages.error(request, refusal(str(refused), on=timezone.localdate(at)))
    return redirect("servicing:export-list")


@right("export.trace")
def export_trace(request):
    """Whose file is this: an excerpt in, the files that it comes from out."""
    form, page = TraceForm(request.POST or None), {}
    if form.is_valid():
        text = form.cleaned_data["text"]
        page["found"] = exports.traced(text=text, by=request.user, at=timezone.now())
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "servicing/export_trace.html", page | {"form": form}, status=status)


def sent(export, page, *, by, at):
    """The rows that were fixed when the file was asked for, masked, under a line that says whose they are."""
    rows = text_of(page, export.ids)
    columns = list(page.table_class.base_columns)
    marked = [columns.index(name) for name in getattr(page.table_class, "marked", ())]
    response, digest = file_of(
        rows,
        format=export.format,
        name=f"{export}-{timezone.localdate(at)}",
        line=line_of(export, by=by, at=at),
        mark=exports.mark(export),
        marked=marked,
    )
    exports.fetched(export=export, rows=len(rows) - 1, digest=digest, by=by, at=at)
    return response


def sent_rows(export, *, by, at):
    """Rejected rows as they came, beside a sheet with the line."""
    is_chinese = get_language().startswith("zh")
    write = partial(files.workbook, line=line_of(export, by=by, at=at), is_chinese=is_chinese)
    content = intake.rejected_rows(export=export, write=write, by=by, at=at)
    name = f"{export}-{timezone.localdate(at)}.xlsx"
    return HttpResponse(
        content,
        content_type=TYPES["xlsx"],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def line_of(export, *, by, at):
    """Person, login, time with zone, purpose and approval: what stands above the rows of every file."""
    local = timezone.localtime(at)
    approval = str(export.approval) if export.approval else _("without approval")
    purpose = f"{export.get_reason_display()}: {export.words}"
    parts = [f"{by} ({by.username})", f"{local:%Y-%m-%d %H:%M:%S %z}", purpose, approval, str(export)]
    return " · ".join(parts)
