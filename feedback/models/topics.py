"""What responses are about: the lender's own list of topics, and what was learned to suggest them."""

from django.db import models
from django.db.models import F, Q

from servicing.models import Staff


class TopicQuerySet(models.QuerySet):
    def offered(self):
        """Those that a person may choose, by name."""
        return self.filter(retired_at=None).order_by("name")


class Topic(models.Model):
    """One word of the lender's list; a retired one stays with the responses that bear it."""

    name = models.CharField(max_length=32, unique=True)
    added_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    objects = TopicQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="topic_has_a_name")]

    def __str__(self):
        return self.name


class TopicModelQuerySet(models.QuerySet):
    def figures(self):
        """Newest first, without the weights, which only a suggestion needs."""
        return self.defer("learned").select_related("trained_by").order_by("-pk")

    def newest(self):
        return self.figures().first()


class TopicModel(models.Model):
    """What was learned once from labelled responses, and how the method did on those it had not seen.

    Its number is its version. `trial` is {"topics": [...], "confusion": [[...]]}: how many of each topic were
    called what; `left_out` is {topic: how many} of those that were too rare. `learned` is what a suggestion
    is added up from.
    """

    trained_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    trained_at = models.DateTimeField()
    responses = models.IntegerField()
    accuracy = models.FloatField()
    low = models.FloatField(help_text="the lower end of the accuracy's 95 % interval")
    high = models.FloatField()
    macro_f1 = models.FloatField()
    baseline = models.FloatField(help_text="right answers of whoever always names the most frequent topic")
    trial = models.JSONField()
    left_out = models.JSONField(default=dict)
    learned = models.JSONField()

    objects = TopicModelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(low__gte=0, low__lte=F("accuracy"), high__gte=F("accuracy"), high__lte=1),
                name="accuracy_lies_in_its_interval",
            )
        ]

    def __str__(self):
        return f"v{self.pk}"

    @property
    def suggests(self):
        """Whether it is better than a guess for sure; otherwise it suggests nothing."""
        return self.low > self.baseline

    @property
    def grams(self):
        return len(self.learned["grams"])
