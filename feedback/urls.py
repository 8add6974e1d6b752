from django.urls import include, path

from feedback.views import callers, improvements, obstacles, responses, topics

app_name = "feedback"

caller_urls = [
    path("", callers.caller, name="caller"),
    path("verify/", callers.caller_verify, name="caller-verify"),
    path("say/", callers.caller_log, name="caller-say"),
    path("phone/", callers.phone_note, name="phone-note"),
    path("phone/show/", callers.phone_show, name="phone-show"),
    path("phone/confirm/", callers.phone_confirm, name="phone-confirm"),
    path("phone/drop/", callers.phone_drop, name="phone-drop"),
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
    path("topic/", topics.topic_decide, name="topic-decide"),
]
topic_urls = [
    path("", topics.topic_page, name="topics"),
    path("add/", topics.topic_add, name="topic-add"),
    path("suggest/", topics.topic_suggest, name="topic-suggest"),
    path("<int:pk>/retire/", topics.topic_retire, name="topic-retire"),
    path("<int:pk>/bring-back/", topics.topic_bring_back, name="topic-bring-back"),
]
obstacle_urls = [
    path("", obstacles.obstacle_list, name="obstacle-list"),
    path("failures/", obstacles.failure_cluster, name="failure-cluster"),
    path("words/", obstacles.voice_cluster, name="voice-cluster"),
    path("payments/", improvements.FailureList.as_view(), name="failure-list"),
    path("new/", obstacles.obstacle_new, name="obstacle-new"),
    path("<int:pk>/", obstacles.obstacle_detail, name="obstacle-detail"),
    path("<int:pk>/improve/", improvements.improvement_new, name="improvement-new"),
]
improvement_urls = [
    path("", improvements.board, name="improvement-board"),
    path("<int:pk>/", improvements.improvement_detail, name="improvement-detail"),
    path("<int:pk>/fix/", improvements.improvement_fix, name="improvement-fix"),
    path("<int:pk>/hand-over/", improvements.improvement_hand_over, name="improvement-hand-over"),
    path("<int:pk>/drop/", improvements.improvement_drop, name="improvement-drop"),
]
urlpatterns = [
    path("obstacles/", include(obstacle_urls)),
    path("improvements/", include(improvement_urls)),
    path("callers/", callers.caller_home, name="caller-home"),
    path("callers/unknown/", callers.caller_log, name="caller-log"),
    path("callers/<slug:reference>/", include(caller_urls)),
    path("responses/", responses.ResponseList.as_view(), name="response-list"),
    path("responses/<slug:reference>/", include(response_urls)),
    path("topics/", include(topic_urls)),
    path("promises/<int:pk>/done/", responses.promise_done, name="promise-done"),
]
