from django.urls import include, path

from reviews.views import alerts, cases, coverage, portfolio, recheck, rules, scoring

app_name = "reviews"

case_urls = [
    path("", cases.case_detail, name="case-detail"),
    path("decide/", cases.case_decide, name="case-decide"),
    path("give-back/", cases.case_give_back, name="case-give-back"),
]
rule_urls = [
    path("", rules.rule_detail, name="rule-detail"),
    path("draft/", rules.rule_draft, name="rule-draft"),
    path("discard/", rules.rule_discard, name="rule-discard"),
    path("propose/", rules.rule_propose, name="rule-propose"),
    path("release/", rules.rule_release, name="rule-release"),
]
card_urls = [
    path("", scoring.scorecard, name="scorecard"),
    path("draft/", scoring.card_draft, name="card-draft"),
    path("discard/", scoring.card_discard, name="card-discard"),
    path("<int:pk>/", scoring.card_version, name="card-version"),
    path("<int:pk>/propose/", scoring.card_propose, name="card-propose"),
]
urlpatterns = [
    path("queue/", cases.CaseQueue.as_view(), name="case-list"),
    path("queue/next/", cases.case_next, name="case-next"),
    path("cases/", cases.CaseList.as_view(), name="case-all"),
    path("cases/<int:pk>/", include(case_urls)),
    path("alerts/", alerts.AlertList.as_view(), name="alert-list"),
    path("rules/", rules.rule_list, name="rule-list"),
    path("rules/new/", rules.rule_new, name="rule-new"),
    path("rules/features/", rules.feature_list, name="feature-list"),
    path("rules/<slug:code>/", include(rule_urls)),
    path("book/", portfolio.book, name="book"),
    path("scorecard/", include(card_urls)),
    path("coverage/", coverage.coverage_page, name="coverage"),
    path("coverage/borrowers/", coverage.CoverageList.as_view(), name="coverage-list"),
    path("recheck/", recheck.RunList.as_view(), name="recheck"),
    path("recheck/chosen/", recheck.recheck_chosen, name="recheck-chosen"),
    path("recheck/catch-up/", recheck.recheck_catch_up, name="recheck-catch-up"),
    path("recheck/start/", recheck.recheck_start, name="recheck-start"),
    path("recheck/progress/", recheck.recheck_progress, name="recheck-progress"),
    path("recheck/<int:pk>/", recheck.RunPage.as_view(), name="run-detail"),
    path("recheck/parts/<int:pk>/retry/", recheck.shard_retry, name="shard-retry"),
    path("recheck/borrowers/<slug:reference>/retry/", recheck.borrower_retry, name="borrower-retry"),
]
