from django.urls import include, path

from feedback.views import campaigns, offers, tiers

app_name = "feedback"

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
]
