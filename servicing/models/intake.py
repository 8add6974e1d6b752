"""Files on their way in: staged row by row, checked, applied; what is refused stays with its reason."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from servicing.models.archive import Source
from servicing.models.jobs import Run
from servicing.models.refusals import Reason, in_words

# The others may come in again; one that was given up half-way also while that is undone.
WHOLE = ~models.Q(status__in=["refused", "undone", "part"]) & ~models.Q(refusal="in_part")


# The count that tells how much came.
MAIN = ("loans", "observations", "responses")


class ImportBatchQuerySet(models.QuerySet):
    def with_files(self, *, layout, digest):
        """The one batch that these files came in with."""
        return self.get(WHOLE, layout=layout, digest=digest)

    def for_import_page(self):
        return self.select_related("staged_by", "applied_by", "told_by", "run")


class ImportBatch(models.Model):
    """Files that belong together, known by the digest of their content."""

    class Status(models.TextChoices):
        STAGING = "staging", _("being read")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("waits for a second person")
        APPLYING = "applying", _("being applied")
        APPLIED = "applied", _("applied")
        PART = "part", _("applied in part")
        REFUSED = "refused", _("refused")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")

    class Door(models.TextChoices):
        BROWSER = "browser", _("browser")
        SHELL = "shell", _("shell")

    digest = models.CharField(max_length=64)
    layout = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    note = models.CharField(max_length=200, blank=True)
    told_by = models.ForeignKey(
        Source, null=True, on_delete=models.PROTECT, related_name="+", help_text="who says what others know"
    )
    door = models.CharField(max_length=7, choices=Door)
    status = models.CharField(max_length=8, choices=Status, default=Status.STAGING)
    run = models.ForeignKey("servicing.Run", null=True, on_delete=models.PROTECT, related_name="+")
    staged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    staged_at = models.DateTimeField()
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    applied_at = models.DateTimeField(null=True)
    files = models.JSONField(default=list, help_text="how each file is read, and where it lies until then")
    counts = models.JSONField(default=dict)
    preview = models.JSONField(default=dict, help_text="what the check found, as the second person sees it")
    undo_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    undo_asked_at = models.DateTimeField(null=True)
    undo_reason = models.CharField(max_length=200, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=200, blank=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["layout", "digest"],
                condition=WHOLE,
                name="the_same_files_come_in_once",
            ),
            models.CheckConstraint(
                condition=models.Q(applied_by=None)
                | models.Q(door="shell")
                | ~models.Q(applied_by=models.F("staged_by")),
                name="who_stages_in_the_browser_does_not_apply",
            ),
            models.CheckConstraint(
                condition=models.Q(undone_by=None)
                | models.Q(undo_asked_by__isnull=False) & ~models.Q(undone_by=models.F("undo_asked_by")),
                name="who_asks_for_an_undo_does_not_do_it",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def tells(self):
        """What its counts tell of: what "would" change, what "changed", what was taken back ("undone"), or
        what would have changed and "never" did.
        """
        status = self.Status
        if self.status in (status.APPLIED, status.PART, status.UNDOING):
            return "changed"
        if self.status == status.UNDONE:
            return "undone"
        return "never" if self.status == status.REFUSED else "would"

    @property
    def is_given_up(self):
        """Whether sound files were given up before anything of them was applied."""
        return self.status == self.Status.REFUSED and self.refusal in (Reason.WITHDRAWN, Reason.LAPSED)

    @property
    def status_words(self):
        """Its status; of files that were given up, how."""
        if self.is_given_up:
            return gettext("withdrawn") if self.refusal == Reason.WITHDRAWN else gettext("lapsed")
        return self.get_status_display()

    @property
    def is_running(self):
        return self.status in (
            self.Status.STAGING,
            self.Status.CHECKING,
            self.Status.APPLYING,
            self.Status.UNDOING,
        )

    @property
    def refusal_words(self):
        """Where the files went wrong and how."""
        reason, _blank, where = self.refusal.partition(" ")
        if not reason:
            return ""
        # The number of a twin stands in the link to it.
        is_place = where and reason != Reason.CAME_BEFORE
        said = [where, Reason(reason).label] if is_place else [Reason(reason).label]
        return gettext(": ").join(map(str, said))

    @property
    def is_looked_at(self):
        """Whether it is known how its files are read."""
        return all("encoding" in entry for entry in self.files)

    @property
    def twin(self):
        """The number of the import that these files came in with before, or None."""
        reason, _blank, where = self.refusal.partition(" ")
        return int(where) if reason == Reason.CAME_BEFORE else None

    @property
    def row_count(self):
        """Rows of all files, once they are read."""
        counts = [entry["rows"] for entry in self.files if "rows" in entry]
        return sum(counts) if counts else None

    @property
    def taken(self):
        """How many loans, observations or responses it brought or would bring."""
        return next((self.counts[name] for name in MAIN if name in self.counts), None)

    def waits_for(self, person):
        """Whether this person may be the second one."""
        return self.status == self.Status.CHECKED and self.staged_by_id != person.pk

    @property
    def is_stuck(self):
        """Whether its work goes on only after a person did something."""
        return self.is_running and self.run is not None and self.run.status == Run.Status.STUCK

    def retried_by(self, person):
        """Whether this person may put what failed back in line: who may begin that work."""
        is_lead = self.status in (self.Status.APPLYING, self.Status.UNDOING)
        begins = "import.apply" if is_lead else "import.stage"
        return self.is_stuck and person.may(begins)

    def withdrawn_by(self, person):
        """Whether this person may give the files up: who staged them, or a lead; an undo only a lead."""
        is_stager = self.staged_by_id == person.pk and person.may("import.stage")
        is_stagers = is_stager and self.status != self.Status.UNDOING
        is_waiting = self.status == self.Status.CHECKED or self.is_stuck
        return is_waiting and (is_stagers or person.may("import.apply"))

    def undo_may_be_asked_by(self, person):
        """Whether this person may propose that all of it is taken back."""
        return self.status in (self.Status.APPLIED, self.Status.PART) and person.may("import.undo")


class StagedRow(models.Model):
    """One row of one file as it came. `parent` is the loan of its parts, and the borrower of a loan, of an
    observation and of themselves: a range of borrowers is one range of one index.
    """

    class Kind(models.TextChoices):
        BORROWER = "borrower", _("borrower")
        LOAN = "loan", _("loan")
        INSTALMENT = "instalment", _("instalment")
        PAYMENT = "payment", _("payment")
        GUARANTOR = "guarantor", _("guarantor")
        OBSERVATION = "observation", _("what others know")

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows")
    kind = models.CharField(max_length=11, choices=Kind)
    key = models.CharField(max_length=64)
    parent = models.CharField(max_length=64, blank=True)
    file = models.CharField(max_length=100)
    line = models.IntegerField()
    data = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["batch", "kind", "parent"], name="staged_by_parent")]

    def __str__(self):
        return f"{self.file}:{self.line}"


class Arrival(models.Model):
    """What one part of an import brought: ids of borrowers, loans and observations that were not there
    before, what it added to those that were, and which it found there. Nobody else writes about loans and
    borrowers meanwhile, so what the trail says of them behind `latest_entry`, and loans of theirs behind
    `latest_loan`, came later.
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="arrivals")
    borrowers = ArrayField(models.BigIntegerField())
    loans = ArrayField(models.BigIntegerField())
    added = models.JSONField(
        default=list, help_text="[loan, ids of its payments, whether written off, whether a rate]"
    )
    filled = models.JSONField(default=dict, help_text="{field: ids of borrowers in whom it was empty}")
    told_borrowers = ArrayField(models.BigIntegerField(), default=list, help_text="who were on file before")
    told_loans = ArrayField(models.BigIntegerField(), default=list, help_text="what was on file before")
    observations = ArrayField(models.BigIntegerField(), default=list)
    told_observations = ArrayField(
        models.BigIntegerField(), default=list, help_text="what was on file before"
    )
    entries = ArrayField(models.BigIntegerField(), default=list, help_text="its entries about them")
    latest_entry = models.BigIntegerField(default=0)
    latest_loan = models.BigIntegerField(null=True)

    def __str__(self):
        return f"{self.batch_id}: {len(self.loans)}"


class Reject(models.Model):
    """A row that was not taken, where it stands, and why; the reason is a code of Reason."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rejects")
    file = models.CharField(max_length=100)
    line = models.IntegerField()
    column = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=64)
    key = models.CharField(max_length=64, blank=True)
    facts = models.JSONField(default=dict, help_text="what was found and expected, by name: see in_words")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "file", "line", "column", "reason"], name="one_reject_a_place_and_reason"
            )
        ]

    def __str__(self):
        return f"{self.file}:{self.line} {self.reason}"

    @property
    def loan(self):
        """The number of the loan whose row it is, where the row stands below one."""
        return self.facts.get("loan", "")

    @property
    def words(self):
        return in_words(self.reason, self.facts)
