"""What customers say: each response with its kind, its clock and whoever looks after it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reviews.models import Case
from servicing.models import Borrower, Loan, Objection, Restriction, Staff
from servicing.models.archive.borrowers import sample


class ResponseQuerySet(models.QuerySet):
    def unresolved(self):
        """What is to be answered, each matter once: a doubled voice waits under the one it was put."""
        return self.filter(status=Response.Status.OPEN)

    def unanswered(self):
        """Every voice that has no answer yet, also one that was merged into an open response."""
        return self.filter(Q(status=Response.Status.OPEN) | Q(merged_into__status=Response.Status.OPEN))

    def standing_against(self):
        """What keeps its borrower from being offered or asked anything until it is answered."""
        return self.unanswered().filter(kind__in=[Response.Kind.COMPLAINT, Response.Kind.OBJECTION])

    def visible_to(self, person, *, on):
        """Which lists a person browses: everything, for an auditor the day's sample, else the own ones
        and those that nobody has taken yet.
        """
        if not person.may("response.view"):
            return self.none()
        if person.may("response.browse"):
            return self.filter(sample(person, on=on, path="borrower__"))
        return self.filter(Q(owner=person) | Q(logged_by=person) | Q(owner=None, status=Response.Status.OPEN))

    def unrestricted(self, *, on):
        """Without what borrowers said whose data is only kept; who did not say who they are stays."""
        kept = Restriction.objects.in_force(on=on).values("borrower")
        return self.filter(Q(borrower=None) | ~Q(borrower__in=kept))

    def owned_by(self, person):
        return self.unresolved().filter(owner=person)

    def unowned(self):
        return self.unresolved().filter(owner=None)

    def for_list_page(self):
        """All that a list shows of each, in one query."""
        return self.select_related("borrower", "loan", "owner")

    def for_detail_page(self):
        people = ("logged_by", "owner", "answered_by")
        return self.select_related("borrower__source", "loan", "objection", "merged_into", *people)

    def of(self, borrower):
        """What one borrower said, newest first, also what was merged into what others said."""
        return self.filter(borrower=borrower).order_by("-received_at", "-pk")

    def overdue(self, *, on):
        return self.unresolved().filter(due_on__lt=on)

    def labelled(self, *, on):
        """Whose topic a person decided, newest first; of nobody whose data is only kept."""
        return self.exclude(topic="").unrestricted(on=on).order_by("-pk")

    def in_line(self):
        """First due first."""
        return self.order_by("due_on", "pk")


class Response(models.Model):
    """One voice of one customer about our work. It never counts against whoever raised it.

    `due_on` is the last day, a calendar day, on which it must be answered; it is None for praise, which needs
    no answer. `words` are blurred before they are kept. Of a merged response the other one is answered.
    """

    class Kind(models.TextChoices):
        COMPLAINT = "complaint", _("complaint")
        SUGGESTION = "suggestion", _("suggestion")
        OBJECTION = "objection", _("objection")
        PRAISE = "praise", _("praise")

    class Channel(models.TextChoices):
        CALL = "call", _("call")
        APP = "app", _("app")
        LETTER = "letter", _("letter")
        WALK_IN = "walk_in", _("walk-in")
        FILE = "file", _("file")
        SURVEY = "survey", _("survey")

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        ANSWERED = "answered", _("answered")
        MERGED = "merged", _("merged")

    class Where(models.TextChoices):
        """Where it hurt: the step at which the customer met us."""

        DEBIT = "debit", _("automatic debit")
        CARD = "card", _("binding a bank card")
        APP = "app", _("paying in the app")
        TRANSFER = "transfer", _("bank transfer")
        AMOUNT = "amount", _("the amount asked for")
        EARLY = "early", _("paying off early")
        REMINDER = "reminder", _("reminders and collection")
        CERTIFICATE = "certificate", _("payoff certificate")
        RECORD = "record", _("credit record")
        OFFER = "offer", _("offers and advertising")
        SERVICE = "service", _("service on the telephone")
        OTHER = "other", _("elsewhere")

    class Speaker(models.TextChoices):
        BORROWER = "borrower", _("the borrower")
        AGENT = "agent", _("an agent of the borrower")
        THIRD = "third", _("an authorised third party")

    class Hotline(models.TextChoices):
        """Who forwarded it: hotlines of supervisors and of the city."""

        H12378 = "12378", _("12378, financial regulator")
        H12363 = "12363", _("12363, central bank")
        H12345 = "12345", _("12345, city government")

    reference = models.CharField(max_length=12, unique=True)
    # Of what came with a file: its number at the sender.
    external_number = models.CharField(max_length=64, blank=True)
    # By which a form that is sent twice makes one response.
    key = models.CharField(max_length=32, blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    channel = models.CharField(max_length=7, choices=Channel)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    borrower = models.ForeignKey(Borrower, null=True, on_delete=models.PROTECT, related_name="+")
    loan = models.ForeignKey(Loan, null=True, on_delete=models.PROTECT, related_name="+")
    instalment = models.SmallIntegerField(null=True)
    where = models.CharField(max_length=11, choices=Where)
    words = models.TextField(max_length=4000)
    # What it is about, as a person decided, and what had been suggested to them.
    topic = models.CharField(max_length=32, blank=True)
    topic_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    topic_at = models.DateTimeField(null=True)
    topic_suggested = models.CharField(max_length=32, blank=True)
    speaker = models.CharField(max_length=8, choices=Speaker, default=Speaker.BORROWER)
    authority = models.CharField(max_length=200, blank=True)
    hotline = models.CharField(max_length=5, choices=Hotline, blank=True)
    hotline_number = models.CharField(max_length=64, blank=True)
    hotline_due_on = models.DateField(null=True)
    is_complex = models.BooleanField(default=False)
    is_extended = models.BooleanField(default=False)
    wants_person = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    received_on = models.DateField()
    due_on = models.DateField(null=True)
    # None for what came by a survey.
    logged_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    answer = models.TextField(max_length=4000, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="voices")
    # Its record at the bureau desk, and the review that a wish for a person's judgement opened.
    objection = models.OneToOneField(Objection, null=True, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+")

    objects = ResponseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="answered", answered_at__isnull=False)
                | (~Q(status="answered") & Q(answered_at=None, answered_by=None)),
                name="answered_response_says_when",
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into=None)),
                name="merged_response_says_into_which",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("pk")), name="response_is_not_its_own_double"
            ),
            models.CheckConstraint(
                condition=Q(hotline="", hotline_number="", hotline_due_on=None)
                | ~Q(Q(hotline="") | Q(hotline_number="")),
                name="forwarded_response_keeps_its_number",
            ),
            models.CheckConstraint(
                condition=Q(speaker="borrower") | ~Q(authority=""), name="who_speaks_for_another_says_why"
            ),
            models.CheckConstraint(
                condition=Q(topic="", topic_by=None, topic_at=None, topic_suggested="")
                | ~Q(Q(topic="") | Q(topic_by=None) | Q(topic_at=None)),
                name="topic_was_decided_by_a_person",
            ),
            models.CheckConstraint(
                condition=Q(kind="praise") | Q(due_on__isnull=False), name="response_has_a_last_day"
            ),
            models.CheckConstraint(
                condition=Q(loan__isnull=False) | Q(instalment=None), name="instalment_names_its_loan"
            ),
            models.CheckConstraint(
                condition=Q(objection=None) | Q(kind="objection", borrower__isnull=False),
                name="only_an_objection_has_a_record_at_the_bureau",
            ),
            models.CheckConstraint(
                condition=Q(is_extended=False) | Q(kind="complaint", is_complex=True),
                name="only_a_complex_complaint_is_extended",
            ),
            models.UniqueConstraint(
                fields=["external_number"],
                name="one_response_a_number_of_the_sender",
                condition=~Q(external_number=""),
            ),
            models.UniqueConstraint(
                fields=["logged_by", "key"], name="one_response_a_form", condition=~Q(key="")
            ),
            models.UniqueConstraint(
                fields=["hotline", "hotline_number"],
                name="one_response_a_hotline_number",
                condition=~Q(hotline=""),
            ),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], name="response_in_line", condition=Q(status="open")),
            models.Index(fields=["borrower", "-received_at"], name="response_by_borrower"),
            models.Index(fields=["where", "received_on"], name="response_by_where"),
            models.Index(fields=["-received_at", "-id"], name="response_by_arrival"),
            models.Index(fields=["owner", "due_on"], name="response_by_owner", condition=Q(status="open")),
        ]

    def __str__(self):
        return self.reference
