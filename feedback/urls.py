from django.urls import include, path

from feedback.views import improvements, obstacles, topics

app_name = "feedback"

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
    path("topics/", include(topic_urls)),
    path("responses/<int:pk>/topic/", topics.topic_decide, name="topic-decide"),
]
