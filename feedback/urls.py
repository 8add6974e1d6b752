from django.urls import include, path

from feedback.views import (
    callers,
    campaigns,
    improvements,
    inbox,
    obstacles,
    offers,
    phones,
    refusing,
    responses,
    surveys,
    telling,
    tiers,
    topics,
)

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
    path("tell/", telling.response_tell, name="response-tell"),
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
    path("<int:pk>/tell/", improvements.improvement_tell, name="improvement-tell"),
    path("<int:pk>/drop/", improvements.improvement_drop, name="improvement-drop"),
]
tier_urls = [
    path("", tiers.tier_list, name="tier-list"),
    path("draft/", tiers.tier_draft, name="tier-draft"),
    path("propose/", tiers.tier_propose, name="tier-propose"),
    path("discard/", tiers.tier_discard, name="tier-discard"),
    path("borrowers/", tiers.StandingList.as_view(), name="standing-list"),
    path("borrowers/<slug:reference>/", tiers.standing_why, name="standing-why"),
    path("borrowers/<slug:reference>/person/", tiers.ask_for_person, name="standing-person"),
]
campaign_urls = [
    path("", campaigns.campaign_detail, name="campaign-detail"),
    path("draft/", campaigns.campaign_draft, name="campaign-draft"),
    path("propose/", campaigns.campaign_propose, name="campaign-propose"),
    path("stop/", campaigns.campaign_stop, name="campaign-stop"),
    path("effect/", campaigns.campaign_effect, name="campaign-effect"),
]
offer_urls = [
    path("", offers.offer_why, name="offer-why"),
    path("accept/", offers.offer_accept, name="offer-accept"),
    path("decline/", offers.offer_decline, name="offer-decline"),
    path("tell/", offers.offer_tell, name="offer-tell"),
]
urlpatterns = [
    path("callers/", callers.caller_home, name="caller-home"),
    path("callers/unknown/", callers.caller_log, name="caller-log"),
    path("callers/<slug:reference>/", include(caller_urls)),
    path("responses/", inbox.ResponseList.as_view(), name="response-list"),
    path("responses/<slug:reference>/", include(response_urls)),
    path("topics/", include(topic_urls)),
    path("promises/<int:pk>/done/", responses.promise_done, name="promise-done"),
    path("surveys/", surveys.SurveyList.as_view(), name="survey-list"),
    path("s/<str:link>/", surveys.survey, name="survey"),
    path("no/<str:link>/", refusing.no, name="no"),
    path("tiers/", include(tier_urls)),
    path("campaigns/", campaigns.CampaignList.as_view(), name="campaign-list"),
    path("campaigns/new/", campaigns.campaign_new, name="campaign-new"),
    path("campaigns/<int:pk>/", include(campaign_urls)),
    path("offers/", offers.OfferList.as_view(), name="offer-list"),
    path("offers/<int:pk>/", include(offer_urls)),
    path("holds/", offers.HoldList.as_view(), name="hold-list"),
    path("holds/for/<slug:reference>/", offers.hold_propose, name="hold-propose"),
    path("holds/<int:pk>/", offers.hold_detail, name="hold-detail"),
    path("holds/<int:pk>/lift/", offers.hold_lift, name="hold-lift"),
    path("obstacles/", include(obstacle_urls)),
    path("improvements/", include(improvement_urls)),
]
