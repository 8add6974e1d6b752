"""The door of the house: who came in and who left stands in the ledger."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from servicing.actions import staff
from servicing.pages import PUBLIC, RightMixin


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
