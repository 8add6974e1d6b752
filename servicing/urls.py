from django.urls import include, path

from servicing.views import (
    archive,
    bureau,
    controls,
    exports,
    feed,
    intake,
    ledger,
    loans,
    payoff,
    privacy,
    processing,
    staff,
)

app_name = "servicing"

loan_urls = [
    path("", archive.LoanList.as_view(), name="loan-list"),
    path("<int:pk>/", loans.loan_detail, name="loan-detail"),
    path("<int:pk>/steps/<slug:kind>/", payoff.step_tick, name="step-tick"),
    path("<int:pk>/class/", loans.class_override, name="class-override"),
    path("<int:pk>/certificate/", payoff.certificate_issue, name="certificate-issue"),
]
objection_urls = [
    path("", bureau.objection_detail, name="objection-detail"),
    path("end/", bureau.objection_end, name="objection-end"),
]
certificate_urls = [
    path("", payoff.certificate_page, name="certificate"),
    path("revoke/", payoff.certificate_revoke, name="certificate-revoke"),
]
import_urls = [
    path("", intake.ImportList.as_view(), name="import-list"),
    path("new/", intake.import_stage, name="import-stage"),
    path("templates/<slug:layout>.<slug:form>", intake.import_template, name="import-template"),
    path("<int:pk>/", intake.import_detail, name="import-detail"),
    path("<int:pk>/progress/", intake.import_progress, name="import-progress"),
    path("<int:pk>/apply/", intake.import_apply, name="import-apply"),
    path("<int:pk>/check/", intake.import_check, name="import-check"),
    path("<int:pk>/retry/", intake.import_retry, name="import-retry"),
    path("<int:pk>/withdraw/", intake.import_withdraw, name="import-withdraw"),
    path("<int:pk>/rejects/", intake.import_rejects, name="import-rejects"),
    path("<int:pk>/mend/", intake.import_mend, name="import-mend"),
    path("<int:pk>/undo/ask/", intake.import_ask, name="import-ask"),
]
feed_urls = [
    path("", feed.feed_page, name="feed"),
    path("days/<int:pk>/", feed.feed_day, name="feed-day"),
    path("days/<int:pk>/accept/", feed.feed_accept, name="feed-accept"),
    path("<int:pk>/pass/", feed.feed_pass, name="feed-pass"),
    path("messages/", feed.FeedMessageList.as_view(), name="feed-message-list"),
    path("messages/<int:pk>/", feed.feed_message, name="feed-message"),
    path("messages/<int:pk>/retry/", feed.feed_retry, name="feed-retry"),
    path("messages/<int:pk>/skip/", feed.feed_skip, name="feed-skip"),
    path("messages/<int:pk>/keep/", feed.feed_keep, name="feed-keep"),
]
approval_urls = [
    path("", controls.ApprovalDesk.as_view(), name="approval-list"),
    path("roles/new/", controls.role_propose, name="role-propose"),
    path("thresholds/new/", controls.threshold_propose, name="threshold-propose"),
    path("<int:pk>/", controls.approval_detail, name="approval-detail"),
    path("<int:pk>/approve/", controls.approval_approve, name="approval-approve"),
    path("<int:pk>/refuse/", controls.approval_refuse, name="approval-refuse"),
    path("<int:pk>/withdraw/", controls.approval_withdraw, name="approval-withdraw"),
]
deputy_urls = [
    path("new/", controls.deputy_appoint, name="deputy-appoint"),
    path("<int:pk>/recall/", controls.deputy_recall, name="deputy-recall"),
]
export_urls = [
    path("", exports.ExportList.as_view(), name="export-list"),
    path("new/", exports.export_new, name="export-new"),
    path("trace/", exports.export_trace, name="export-trace"),
    path("<int:pk>/file/", exports.export_file, name="export-file"),
]
view_urls = [
    path("new/", staff.view_save, name="view-save"),
    path("<int:pk>/delete/", staff.view_delete, name="view-delete"),
]
processing_urls = [
    path("restrict/", processing.processing_restrict, name="processing-restrict"),
    path("lift/", processing.processing_lift, name="processing-lift"),
    path("consent/", processing.consent_give, name="consent-give"),
    path("withdraw/", processing.consent_withdraw, name="consent-withdraw"),
]
urlpatterns = [
    path("feed/<slug:source>/", feed.feed_deliver, name="feed-deliver"),
    path("feeds/", include(feed_urls)),
    path("views/", include(view_urls)),
    path("exports/", include(export_urls)),
    path("approvals/", include(approval_urls)),
    path("deputies/", include(deputy_urls)),
    path("imports/", include(import_urls)),
    path("loans/", include(loan_urls)),
    path("certificates/<slug:number>/", include(certificate_urls)),
    path("objections/", bureau.ObjectionList.as_view(), name="objection-list"),
    path("objections/<slug:number>/", include(objection_urls)),
    path("steps/", payoff.StepList.as_view(), name="step-list"),
    path("verify/", payoff.verify, name="verify"),
    path("borrowers/<slug:reference>/<slug:field>/", privacy.borrower_field, name="borrower-field"),
    path("processing/<slug:reference>/", include(processing_urls)),
    path("ledger/", ledger.LedgerList.as_view(), name="ledger-list"),
    path("ledger/verify/", ledger.ledger_verify, name="ledger-verify"),
]
