from django.urls import include, path

from feedback.views import topics

app_name = "feedback"

topic_urls = [
    path("", topics.topic_page, name="topics"),
    path("add/", topics.topic_add, name="topic-add"),
    path("suggest/", topics.topic_suggest, name="topic-suggest"),
    path("<int:pk>/retire/", topics.topic_retire, name="topic-retire"),
    path("<int:pk>/bring-back/", topics.topic_bring_back, name="topic-bring-back"),
]
urlpatterns = [
    path("topics/", include(topic_urls)),
    path("responses/<int:pk>/topic/", topics.topic_decide, name="topic-decide"),
]
