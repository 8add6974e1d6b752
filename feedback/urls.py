from django.urls import include, path

from feedback.views import callers, inbox, phones, responses

app_name = "feedback"

caller_urls = [
    path("", callers.caller, name="caller"),
    path("verify/", callers.caller_verify, name="caller-verify"),
    path("say/", callers.caller_log, name="caller-say"),
    path("phone/", phones.phone_note, name="phone-note"),
    path("phone/show/", phones.phone_show, name="phone-show"),
    path("phone/confirm/", phones.phone_confirm, name="phone-confirm"),
    path("phone/drop/", phones.phone_drop, name="phone-drop"),
]
response_urls = [
    path("", responses.response_detail, name="response-detail"),
    path("answer/", responses.response_answer, name="response-answer"),
    path("take/", responses.response_take, name="response-take"),
    path("hand-over/", responses.response_hand_over, name="response-hand-over"),
    path("note/", responses.response_note, name="response-note"),
    path("promise/", responses.response_promise, name="response-promise"),
    path("complex/", responses.response_complex, name="response-complex"),
    path("extend/", responses.response_extend, name="response-extend"),
    path("merge/", responses.response_merge, name="response-merge"),
    path("identify/", responses.response_identify, name="response-identify"),
]
urlpatterns = [
    path("callers/", callers.caller_home, name="caller-home"),
    path("callers/unknown/", callers.caller_log, name="caller-log"),
    path("callers/<slug:reference>/", include(caller_urls)),
    path("responses/", inbox.ResponseList.as_view(), name="response-list"),
    path("responses/<slug:reference>/", include(response_urls)),
    path("promises/<int:pk>/done/", responses.promise_done, name="promise-done"),
]
