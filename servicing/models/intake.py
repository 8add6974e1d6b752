"""Files on their way in: staged row by row, checked, applied; what is refused stays with its reason."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from servicing.models.jobs import Run


class ImportBatchQuerySet(models.QuerySet):
    def for_import_page(self):
        return self.select_related("staged_by", "applied_by", "run")


class ImportBatch(models.Model):
    """Files that belong together, known by the digest of their content."""

    class Status(models.TextChoices):
        STAGING = "staging", _("being read")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("waits for a second person")
        APPLYING = "applying", _("being applied")
        APPLIED = "applied", _("applied")
        REFUSED = "refused", _("refused")

    class Door(models.TextChoices):
        BROWSER = "browser", _("browser")
        SHELL = "shell", _("shell")

    digest = models.CharField(max_length=64)
    layout = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    door = models.CharField(max_length=7, choices=Door)
    status = models.CharField(max_length=8, choices=Status, default=Status.STAGING)
    run = models.ForeignKey("servicing.Run", null=True, on_delete=models.PROTECT, related_name="+")
    staged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    staged_at = models.DateTimeField()
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    applied_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    refusal = models.CharField(max_length=200, blank=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["layout", "digest"],
                condition=~models.Q(status="refused"),
                name="the_same_files_come_in_once",
            ),
            models.CheckConstraint(
                condition=models.Q(applied_by=None)
                | models.Q(door="shell")
                | ~models.Q(applied_by=models.F("staged_by")),
                name="who_stages_in_the_browser_does_not_apply",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def is_running(self):
        return self.status in (self.Status.CHECKING, self.Status.APPLYING)

    @property
    def refusal_words(self):
        """Where the files went wrong and how."""
        reason, _blank, where = self.refusal.partition(" ")
        if not reason:
            return ""
        return f"{where}: {Reason(reason).label}" if where else str(Reason(reason).label)

    def waits_for(self, person):
        """Whether this person may be the second one."""
        return self.status == self.Status.CHECKED and self.staged_by_id != person.pk

    @property
    def is_stuck(self):
        """Whether its work goes on only after a person did something."""
        return self.is_running and self.run is not None and self.run.status == Run.Status.STUCK

    def retried_by(self, person):
        """Whether this person may put what failed back in line: who may begin that work."""
        begins = "import.apply" if self.status == self.Status.APPLYING else "import.stage"
        return self.is_stuck and person.may(begins)

    def withdrawn_by(self, person):
        """Whether this person may give the files up: who staged them, or a lead."""
        is_stager = self.staged_by_id == person.pk and person.may("import.stage")
        return (self.status == self.Status.CHECKED or self.is_stuck) and (
            is_stager or person.may("import.apply")
        )


class StagedRow(models.Model):
    """One row of one file as it came. `parent` is the loan of its parts, and the borrower of a loan and of
    themselves: a range of borrowers is one range of one index.
    """

    class Kind(models.TextChoices):
        BORROWER = "borrower", _("borrower")
        LOAN = "loan", _("loan")
        INSTALMENT = "instalment", _("instalment")
        PAYMENT = "payment", _("payment")
        GUARANTOR = "guarantor", _("guarantor")

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows")
    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=64)
    parent = models.CharField(max_length=64, blank=True)
    file = models.CharField(max_length=100)
    line = models.IntegerField()
    data = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["batch", "kind", "parent"], name="staged_by_parent")]

    def __str__(self):
        return f"{self.file}:{self.line}"


class Reason(models.TextChoices):
    """Why a row or a whole file is not taken, in words."""

    EMPTY = "empty", _("is empty")
    TOO_LONG = "too_long", _("is too long")
    BLANKS = "blanks", _("has blanks around it or unprintable characters")
    BAD_CODE = "bad_code", _("may hold letters, digits and _ . : - only")
    UNKNOWN_VALUE = "unknown_value", _("is none of the allowed values")
    BAD_CURRENCY = "bad_currency", _("is not a currency of three capital letters")
    BAD_MONEY = "bad_money", _("is not an amount with at most two decimals")
    NOT_POSITIVE = "not_positive", _("must be more than zero")
    TOO_SMALL = "too_small", _("is too small to be split")
    BAD_NUMBER = "bad_number", _("is not a whole number from 1 to 999")
    BAD_DATE = "bad_date", _("is not a date as YYYY-MM-DD from 1990 to 2199")
    BAD_INSTANT = "bad_instant", _("is not a time as YYYY-MM-DDTHH:MM:SS from 1990 to 2199")
    BAD_NAME = "bad_name", _("is not a name")
    BAD_PHONE = "bad_phone", _("is not a mobile number of eleven digits")
    BAD_NATIONAL_ID = "bad_national_id", _("is not a valid identity number")
    NATIONAL_ID_DOUBLED = "national_id_doubled", _("stands with two borrowers of these files")
    NATIONAL_ID_TAKEN = "national_id_taken", _("belongs to another borrower")
    IDENTITY_DIFFERS = "identity_differs", _("is another one than on file")
    BEFORE_LOAN = "before_loan", _("lies before the loan was paid out")
    IN_FUTURE = "in_future", _("lies in the future")
    ERROR_OF_SUCCESS = "error_of_success", _("a payment that succeeded has no error code")
    DOUBLED_KEY = "doubled_key", _("comes more than once")
    FIELD_COUNT = "field_count", _("the row has more or fewer fields than the header")
    UNKNOWN_BORROWER = "unknown_borrower", _("no such borrower in these files")
    UNKNOWN_LOAN = "unknown_loan", _("no such loan in these files")
    BORROWER_REFUSED = "borrower_refused", _("its borrower was refused")
    PART_REFUSED = "part_refused", _("a row of this loan was refused")
    NO_INSTALMENTS = "no_instalments", _("the loan has no instalments")
    SUM_DIFFERS = "sum_differs", _("is not the sum of the instalments")
    DIFFERS = "differs", _("the loan is on file with other content")
    # Of a whole delivery
    WITHDRAWN = "withdrawn", _("was withdrawn")
    UNKNOWN_LAYOUT = "unknown_layout", _("there is no such layout")
    NOT_FOUND = "not_found", _("cannot be found or read")
    MISSING_FILE = "missing_file", _("the file is missing")
    UNKNOWN_FILE = "unknown_file", _("the layout has no such file")
    DOUBLED_FILE = "doubled_file", _("the file is there twice")
    MISSING_COLUMN = "missing_column", _("the column is missing")
    EXTRA_COLUMN = "extra_column", _("the layout has no such column")
    DOUBLED_COLUMN = "doubled_column", _("the column is there twice")
    NO_HEADER = "no_header", _("the file is empty")
    NOT_UTF8 = "not_utf8", _("is not text in UTF-8")
    NOT_CSV = "not_csv", _("a quotation mark is not closed or a field is too long")
    CUT_OFF = "cut_off", _("the row is cut off")
    BAD_GZIP = "bad_gzip", _("the compressed file is damaged")
    TOO_LARGE = "too_large", _("is too large")
    TOO_DENSE = "too_dense", _("is compressed more than data ever is")


class Reject(models.Model):
    """A row that was not taken, where it stands, and why; the reason is a code of Reason."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rejects")
    file = models.CharField(max_length=100)
    line = models.IntegerField()
    column = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=64)
    key = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "file", "line", "column", "reason"], name="one_reject_a_place_and_reason"
            )
        ]

    def __str__(self):
        return f"{self.file}:{self.line} {self.reason}"

    @property
    def words(self):
        return Reason(self.reason).label
