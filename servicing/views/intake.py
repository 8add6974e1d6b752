"""Files in: the list of imports, a new one, one with its progress and rejects, and the second person."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from servicing.actions import intake, jobs
from servicing.forms import ImportForm
from servicing.gateways import files
from servicing.models import ImportBatch
from servicing.pages import ListPage, csv_file, right
from servicing.tables import ImportTable, RejectTable

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
            with files.spooled(uploads) as paths:
                batch, is_new = intake.stage(
                    paths=paths,
                    layout=form.cleaned_data["layout"],
                    name=", ".join(upload.name for upload in uploads),
                    door=ImportBatch.Door.BROWSER,
                    by=request.user,
                    at=timezone.now(),
                )
        except files.Refused as refused:
            form.add_error("files", str(refused))
        else:
            if not is_new:
                messages.info(request, _("These files came in before; this is that import."))
            return redirect("servicing:import-detail", batch.pk)
    return render(request, "servicing/import_form.html", {"form": form})


@right("import.view")
def import_detail(request, pk):
    batch = get_object_or_404(ImportBatch.objects.for_import_page(), pk=pk)
    rejects = batch.rejects.order_by("pk")
    return render(
        request,
        "servicing/import_detail.html",
        {
            "batch": batch,
            "progress": jobs.progress(batch.run) if batch.run else None,
            "rejects": RejectTable(rejects[:SHOWN]),
            "reject_count": rejects.count(),
            "can_apply": request.user.may("import.apply") and batch.waits_for(request.user),
            "can_retry": batch.retried_by(request.user),
            "can_withdraw": batch.withdrawn_by(request.user),
        },
    )


@right("import.view")
def import_progress(request, pk):
    """The bar alone, asked for every two seconds; the whole page where the work is over or stuck."""
    batch = get_object_or_404(ImportBatch.objects.for_import_page(), pk=pk)
    if not batch.is_running or batch.is_stuck:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(
        request,
        "servicing/_import_progress.html",
        {"batch": batch, "progress": jobs.progress(batch.run)},
    )


@require_POST
@right("import.apply")
def import_apply(request, pk):
    return attempt(intake.apply, request, pk)


# Who may do these two depends on the import, and the action decides it.
@require_POST
@right("import.view")
def import_retry(request, pk):
    return attempt(intake.retry, request, pk)


@require_POST
@right("import.view")
def import_withdraw(request, pk):
    return attempt(intake.withdraw, request, pk)


def attempt(verb, request, pk):
    """Do a verb of an import, where it waits for this person; back to its page either way."""
    batch = get_object_or_404(ImportBatch, pk=pk)
    try:
        verb(batch=batch, by=request.user, at=timezone.now())
    except intake.NotAllowed:
        messages.error(request, _("This import does not wait for you."))
    return redirect("servicing:import-detail", pk)


@require_POST
@right("import.view")
def import_rejects(request, pk):
    """All rejected rows as a file; it says where they stand, so it holds no personal data."""
    batch = get_object_or_404(ImportBatch, pk=pk)
    rows = list(batch.rejects.order_by("pk"))
    content, digest = csv_file(RejectTable(rows).as_values())
    intake.exported(batch=batch, rows=len(rows), digest=digest, by=request.user, at=timezone.now())
    content["Content-Disposition"] = f'attachment; filename="rejects-{pk}.csv"'
    return content
