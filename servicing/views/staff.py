"""The door of the house: who came in and who left stands in the ledger; and lists as people like them."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from servicing.actions import staff
from servicing.forms import ViewForm
from servicing.models import SavedView
from servicing.pages import PUBLIC, RightMixin, list_page, right


class SignIn(RightMixin, LoginView):
    right = PUBLIC
    redirect_authenticated_user = True

    def form_valid(self, form):
        staff.note(what="staff.signed_in", person=form.get_user(), at=timezone.now())
        return super().form_valid(form)


class SignOut(RightMixin, LogoutView):
    right = PUBLIC

    def post(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            staff.note(what="staff.signed_out", person=request.user, at=timezone.now())
        return super().post(request, *args, **kwargs)


class ChangePassword(RightMixin, PasswordChangeView):
    """One's own password; the old one is asked for."""

    right = "today.view"
    template_name = "registration/password.html"

    def form_valid(self, form):
        person, secret = form.user, form.cleaned_data["new_password1"]
        staff.set_password(person=person, password=secret, by=person, at=timezone.now())
        update_session_auth_hash(self.request, form.user)
        messages.success(self.request, _("Your password is changed."))
        return redirect("today")


@require_POST
@right("view.save")
def view_save(request):
    """Keep a list as it is; what its filters do not know or what was typed to find a person is dropped."""
    name = request.POST.get("of", "")
    try:
        query = list_page(request, name, request.POST.get("query", "")).keepable()
    except LookupError:
        raise Http404 from None
    form, back = ViewForm(request.POST), f"{reverse(name)}?{query or 'all'}"
    if not form.is_valid():
        messages.error(request, _("A view needs a name of at most 40 characters."))
        return redirect(back)
    try:
        staff.save_view(view=name, query=query, **form.cleaned_data, by=request.user, at=timezone.now())
        messages.success(request, _("The view is saved."))
    except staff.NotAllowed as refused:
        words = {
            "right": _("Only a lead shares a view."),
            "too_many": _("You have as many views of this list as there can be. Delete one first."),
        }
        messages.error(request, words[str(refused)])
    return redirect(back)


@require_POST
@right("view.save")
def view_delete(request, pk):
    kept = get_object_or_404(SavedView, pk=pk, person=request.user)
    staff.forget_view(kept=kept, by=request.user, at=timezone.now())
    messages.success(request, _("The view is deleted."))
    return redirect(f"{reverse(kept.view)}?all")
