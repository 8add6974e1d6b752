from django.urls import include, path

from servicing.views import archive, ledger, privacy

app_name = "servicing"

loan_urls = [
    path("", archive.LoanList.as_view(), name="loan-list"),
    path("export/", archive.loan_export, name="loan-export"),
    path("<int:pk>/", archive.loan_detail, name="loan-detail"),
]
urlpatterns = [
    path("loans/", include(loan_urls)),
    path("borrowers/<slug:reference>/<slug:field>/", privacy.borrower_field, name="borrower-field"),
    path("ledger/", ledger.LedgerList.as_view(), name="ledger-list"),
    path("ledger/verify/", ledger.ledger_verify, name="ledger-verify"),
]
