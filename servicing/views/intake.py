"""Files in: the list of imports, a new one, one with its progress and rejects, and the second person."""

import io

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from servicing.actions import controls, exports, intake
from servicing.actions.intake import BY_CODE, LAYOUTS
from servicing.forms import ImportForm, RowsForm, UndoForm, WithdrawForm
from servicing.gateways import files
from servicing.models import Approval, ImportBatch, LedgerEntry
from servicing.pages import ListPage, ask, csv_file, right
from servicing.tables import ImportTable, RejectTable, import_tone
from servicing.templatetags.imports import faces_of, stays_for_good
from servicing.views.exports import refusal

SHOWN = 100


class ImportList(ListPage):
    right = "import.view"
    template_name = "servicing/import_list.html"
    table_class = ImportTable
    title = gettext_lazy("Imports")
    empty_icon = "file-up"
    empty_title = gettext_lazy("Nothing has come in yet")
    empty_text = gettext_lazy("A risk officer stages files here; the risk lead applies them.")

    def rows(self):
        return ImportBatch.objects.for_import_page()


@right("import.stage")
def import_stage(request):
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        uploads = form.cleaned_data["files"]
        try:
            batch, _is_new = intake.stage(
                uploads=kept(uploads),
                layout=form.cleaned_data["layout"],
                name=", ".join(upload.name for upload in uploads),
                note=form.cleaned_data["note"],
                told_by=getattr(form.cleaned_data["source"], "code", ""),
                door=ImportBatch.Door.BROWSER,
                by=request.user,
                at=timezone.now(),
            )
        except files.Refused as refused:
            form.add_error("files", str(refused))
        else:
            return redirect("servicing:import-detail", batch.pk)
    words = intake.layout_words()
    layouts = [(layout, *words[layout.code]) for layout in LAYOUTS]
    return render(request, "servicing/import_form.html", {"form": form, "layouts": layouts})


@right("import.stage")
def import_template(request, layout, form):
    """Empty files of a layout, to be filled in."""
    if layout not in BY_CODE or form not in files.TEMPLATES:
        raise Http404
    is_chinese = get_language().startswith("zh")
    content = files.TEMPLATES[form](BY_CODE[layout], is_chinese=is_chinese)
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=f"aftercare-{layout}.{form}")


def kept(uploads):
    """{name: sealed file} of the uploads, which the intake looks after from now on."""
    names = [upload.name for upload in uploads]
    for name in names:
        if names.count(name) > 1:
            raise files.Refused("doubled_file", file=name)
    return {upload.name: upload.keep() for upload in uploads}


@right("import.view")
def import_detail(request, pk):
    batch = get_object_or_404(ImportBatch.objects.for_import_page(), pk=pk)
    return render(request, "servicing/import_detail.html", page(request, batch))


def page(request, batch):
    """All that the page of an import shows."""
    rejects, person = batch.rejects.order_by("pk"), request.user
    on = timezone.localdate()
    whose = controls.authority(person, "import.apply", on=on, proposer=batch.staged_by)
    can_apply = whose is not None and batch.waits_for(person)
    waiting = Approval.objects.waiting(at=timezone.now()).filter(kind="undo", subject=f"import:{batch.pk}")
    undo = waiting.select_related("proposed_by").first()
    others = intake.why_stale(batch, at=timezone.now()) if batch.status == batch.Status.CHECKED else None
    stale = None if others is None else {"others": others, "numbers": ", ".join(map(str, others))}
    return {
        "batch": batch,
        "progress": intake.progress(batch.run) if batch.run else None,
        "rejects": RejectTable(rejects[:SHOWN]),
        "reject_count": rejects.count(),
        "preview": faces_of(batch, rows=intake.said(batch, on=on)),
        "digest": intake.digest(batch),
        "stale": stale,
        "tone": import_tone(batch),
        "given_up": given_up(batch),
        "can_apply": can_apply and stale is None,
        "can_check": stale is not None and (person.may("import.stage") or person.may("import.apply")),
        # Of what was given up or taken back no row is kept.
        "can_mend": person.may("import.mend") and batch.tells in ("would", "changed"),
        "mend_form": RowsForm(),
        "can_retry": batch.retried_by(person),
        "can_withdraw": batch.withdrawn_by(person),
        "can_ask": batch.undo_may_be_asked_by(person) and undo is None and not stays_for_good(batch),
        "undo": undo,
        "undo_seen": undo and controls.visible_to(person, on=on).filter(pk=undo.pk).exists(),
        "undo_deciders": controls.deciders(undo, on=on) if undo else [],
        "undo_form": UndoForm(),
        "withdraw_form": WithdrawForm(),
    }


def given_up(batch):
    """The entry of the trail that says who gave the files up; None where nobody did."""
    entries = LedgerEntry.objects.about(batch).filter(what__in=("import.withdrawn", "import.lapsed"))
    return entries.select_related("by").latest("pk") if batch.is_given_up else None


@right("import.view")
def import_progress(request, pk):
    """The bar alone, asked for every two seconds; the whole page where the work is over or stuck."""
    batch = get_object_or_404(ImportBatch.objects.for_import_page(), pk=pk)
    if not batch.is_running or batch.is_stuck:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(
        request,
        "servicing/_import_progress.html",
        {"batch": batch, "progress": intake.progress(batch.run)},
    )


# Who may do these depends on the import, and the action decides it.
@require_POST
@right("import.view")
def import_apply(request, pk):
    done = _("The import is being applied.")
    return about_import(intake.apply, request, pk, done=done, digest=request.POST.get("digest", ""))


@require_POST
@right("import.view")
def import_check(request, pk):
    return about_import(intake.check_again, request, pk)


@require_POST
@right("import.view")
def import_retry(request, pk):
    return about_import(intake.retry, request, pk)


@require_POST
@right("import.view")
def import_withdraw(request, pk):
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say in at least ten characters why it is withdrawn."))
        return redirect("servicing:import-detail", pk)
    return about_import(intake.withdraw, request, pk, reason=form.cleaned_data["reason"])


@require_POST
@right("import.view")
def import_ask(request, pk):
    form = UndoForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say in at least ten characters why it must be undone."))
        return redirect("servicing:import-detail", pk)
    # Where something was built on it there is no proposal, and its page says what.
    return about_import(intake.ask_undo, request, pk, reason=form.cleaned_data["reason"])


WHY_NOT = {
    "licence": gettext_lazy("The licence of the source is not on file any more."),
    "shown": gettext_lazy(
        "What was shown holds no longer: look at the preview again, and check the files anew."
    ),
    "reason": gettext_lazy("Say in at least ten characters why."),
    "waits": gettext_lazy("Another proposal about this waits already."),
    "arrivals": gettext_lazy(
        "This import came in before what an import brings was written down one by one, "
        "so it cannot be undone here."
    ),
}


def about_import(verb, request, pk, *, done="", **rest):
    """Do a verb of an import, where it waits for this person; back to its page either way."""
    ask(
        request,
        verb,
        batch=get_object_or_404(ImportBatch, pk=pk),
        done=done,
        refused=(intake.NotAllowed, controls.NotAllowed),
        words=WHY_NOT,
        otherwise=_("This import does not wait for you."),
        **rest,
    )
    return redirect("servicing:import-detail", pk)


@require_POST
@right("import.view")
def import_rejects(request, pk):
    """All rejected rows as a file; it says where they stand, so it holds no personal data."""
    batch = get_object_or_404(ImportBatch, pk=pk)
    rows = list(batch.rejects.order_by("pk"))
    # In a file with exchanged columns a key may be a number of a person.
    content, digest = csv_file(RejectTable(rows).as_values(exclude_columns=("loan", "key")))
    intake.exported(batch=batch, rows=len(rows), digest=digest, by=request.user, at=timezone.now())
    content["Content-Disposition"] = f'attachment; filename="rejects-{pk}.csv"'
    return content


@require_POST
@right("import.mend")
def import_mend(request, pk):
    """Ask for the rejected rows as they came: personal data, so they leave as every file does."""
    batch, at, form = get_object_or_404(ImportBatch, pk=pk), timezone.now(), RowsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say in at least ten characters what the rows are for."))
        return redirect("servicing:import-detail", pk)
    try:
        export = intake.ask_rows(batch=batch, **form.cleaned_data, by=request.user, at=at)
    except exports.NotAllowed as refused:
        messages.error(request, refusal(str(refused), on=timezone.localdate(at)))
        return redirect("servicing:import-detail", pk)
    if export.approval:
        messages.success(request, _("Proposed. It waits for a second person."))
        return redirect("servicing:approval-detail", export.approval_id)
    return redirect("servicing:export-file", export.pk)
