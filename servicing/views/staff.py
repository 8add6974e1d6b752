"""The door of the house: who came in and who left stands in the ledger."""

from django.contrib.auth.views import LoginView, LogoutView
from django.utils import timezone

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
