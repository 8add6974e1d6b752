"""Words for settings: what a code means, in which unit, by which citation."""

from django import template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicing.domain import periods
from servicing.domain.periods import BY_CODE

register = template.Library()

NAMES = {
    "adverse.years": _("How long an adverse fact counts"),
    "snapshot.days": _("How long the snapshots of a day are kept"),
    "observation.stale": _("How long what others know of a borrower is trusted"),
    "alert.held_above": _("Share of borrowers above which a rule is held"),
    "queue.daily_capacity": _("Cases that can be reviewed in a day"),
    "case.due": _("Time to decide a case"),
    "class.special_mention": _("First day past due of the class special mention"),
    "class.substandard": _("First day past due of the class substandard"),
    "class.doubtful": _("First day past due of the class doubtful"),
    "class.loss": _("First day past due of the class loss"),
    "payoff.step_due": _("Time to do what follows from a payoff"),
    "payoff.steps_days": _("Age up to which an imported payoff still has steps"),
    "feed.late": _("Time after its end within which the loan core closes a day"),
    "feed.behind": _("Time after which an unapplied message of the feed is told"),
    "feed.knocks": _("Refused deliveries in five minutes before an address is not listened to"),
    "feed.ahead": _("How far the loan core's clock may be ahead of ours"),
    "feed.refused": _("How long refused deliveries are kept"),
    "monitor.soon": _("How far ahead an instalment is due soon"),
    "monitor.refresh": _("Time between two refreshes of the monitor"),
    "verify.tries": _("Certificates that one address may verify in a while"),
    "verify.minutes": _("The while in which these are counted"),
    "recheck.chosen": _("Most borrowers that are chosen for one recheck"),
    "recheck.look_back": _("How far back missed rechecks are caught up"),
    "recheck.shard": _("Size of one part of a recheck"),
    "recheck.whole": _("How long only those who changed are judged before everybody is judged again"),
    "import.shard": _("Size of one part of an import"),
    "import.chunk": _("Rows of an import read in one transaction"),
    "import.rejected_kept": _("How long rejected rows are kept to be mended"),
    "job.lease": _("Time after which silent work is taken over"),
    "job.attempts": _("Attempts before a part is set aside"),
    "approval.days": _("Time after which a proposal lapses"),
    "approval.pair_percent": _("Share of approvals from one proposer above which a pair is named"),
    "approval.pair_least": _("Fewest approvals of which a pair can be named"),
    "deputy.days": _("Longest time of a deputy"),
    "export.free_borrowers": _("Borrowers a day in files without a second person"),
    "export.most_rows": _("Most rows of a file"),
    "export.hours": _("Time to fetch a file"),
    "message.lease": _("Time after which a message that is being sent is taken over"),
    "message.attempts": _("Attempts before a message waits for a person"),
    "message.rounds": _("Times that a gateway may put one message off before it waits for a person"),
    "survey.after": _("Days after a payoff before it is asked how it went"),
    "survey.within": _("Days after a payoff beyond which it is not asked any more"),
    "survey.expires": _("How long the link of a survey answers"),
    "survey.quiet": _("Time between two surveys of one borrower"),
    "survey.tries": _("Tries at links of surveys from one address in a while"),
    "topic.least": _("Fewest responses, each of another person, from which a topic is learned"),
    "topic.most": _("Most responses, the newest, from which topics are learned"),
    "topic.grams": _("Most words and signs that a model of topics keeps"),
    "topic.shared": _("Responses that must have a word in common before it is kept"),
    "reveal.seconds": _("How long a field stays shown"),
    "tier.cooldown": _("How long a tier stays after the numbers say less"),
    "hold.days": _("Longest time of a hold on offers"),
    "measure.every": _("Time between two measurements of a campaign"),
    "measure.after": _("How long after its end a campaign is measured"),
    "measure.lift": _("Smallest lift of a campaign worth seeing"),
    "measure.loss": _("Share of what is past due that counts as lost when a campaign is measured"),
    "complaint.days": _("Time to answer a complaint"),
    "complaint.complex": _("Time to answer a complex complaint"),
    "complaint.extension": _("More time for a complex complaint, with approval"),
    "objection.days": _("Time to check an objection to credit data"),
    "suggestion.days": _("Time to answer a suggestion"),
    "objection.pressing": _("Age at which an objection is pressing"),
    "objection.alarm": _("Age at which an objection alarms"),
    "followup.days": _("Time for a follow-up where none is given"),
    "caller.tries": _("Comparisons of what a caller says in one call"),
    "caller.daily": _("Comparisons of what callers say about one borrower within a day"),
    "caller.minutes": _("How long one call lasts"),
    "search.misses": _("Searches in vain of one person within an hour"),
    "phone.wait": _("How long a new phone number waits to be confirmed"),
    "draft.minutes": _("How long what was typed before a session ended is kept"),
}
UNITS = {
    "approvals": pgettext_lazy("unit", "approvals"),
    "attempts": pgettext_lazy("unit", "attempts"),
    "borrowers": pgettext_lazy("unit", "borrowers"),
    "cases": pgettext_lazy("unit", "cases"),
    "grams": pgettext_lazy("unit", "words and signs"),
    "hours": pgettext_lazy("unit", "hours"),
    "minutes": pgettext_lazy("unit", "minutes"),
    "refusals": pgettext_lazy("unit", "refusals"),
    "days": pgettext_lazy("unit", "days"),
    "percent": pgettext_lazy("unit", "percent"),
    "responses": pgettext_lazy("unit", "responses"),
    "rows": pgettext_lazy("unit", "rows"),
    "seconds": pgettext_lazy("unit", "seconds"),
    "working days": pgettext_lazy("unit", "working days"),
    "years": pgettext_lazy("unit", "years"),
}
CITATIONS = {
    "house rule": _("house rule"),
    periods.CLASSES: _(
        "Measures on the risk classification of financial assets (2023 no. 1), limits unverified"
    ),
    "法释〔2017〕10号 art. 5": _("Judicial interpretation 2017 no. 10, art. 5"),
    "征信业管理条例 art. 16": _("Regulation on the credit reporting industry, art. 16"),
    periods.COMPLAINTS: _("Measures on consumer complaints in banking and insurance (2020 no. 3)"),
    periods.OBJECTIONS: _("Regulation on the credit reporting industry, art. 25"),
}


@register.filter
def setting_name(code):
    """The name of a setting; one that the house no longer has keeps its code."""
    return NAMES.get(code, code)


@register.filter
def setting_unit(code):
    """The unit of a setting's value; empty for a setting that the house no longer has."""
    unit = BY_CODE[code].unit if code in BY_CODE else ""
    return UNITS.get(unit, unit)


@register.filter
def setting_citation(citation):
    return CITATIONS.get(citation, citation)
