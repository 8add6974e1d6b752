from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from config.pages import dossier, monitor, search, shell, today
from config.pages.health import healthz
from servicing.pages import public
from servicing.views import staff

handler500 = "config.pages.away.server_error"
urlpatterns = [
    path("", today.today, name="today"),
    path("sign-in/", staff.SignIn.as_view(), name="sign-in"),
    path("sign-out/", staff.SignOut.as_view(), name="sign-out"),
    path("password/", staff.ChangePassword.as_view(), name="password"),
    path("language/", public(set_language), name="set_language"),
    path("help/", shell.help_page, name="help"),
    path("search/", search.search, name="search"),
    path("monitor/", monitor.MonitorPage.as_view(), name="monitor"),
    path("monitor/live/", monitor.MonitorLive.as_view(), name="monitor-live"),
    path("borrowers/<slug:reference>/", dossier.dossier, name="dossier"),
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("", include("servicing.urls")),
    path("", include("reviews.urls")),
    path("", include("feedback.urls")),
]
