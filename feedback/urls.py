from django.urls import path

from feedback.views import surveys

app_name = "feedback"

urlpatterns = [
    path("s/<str:link>/", surveys.survey, name="survey"),
]
