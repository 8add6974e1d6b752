"""The door of the house."""

from django.contrib.auth.views import LoginView, LogoutView

from servicing.pages import PUBLIC, RightMixin


class SignIn(RightMixin, LoginView):
    right = PUBLIC
    redirect_authenticated_user = True


class SignOut(RightMixin, LogoutView):
    right = PUBLIC
