"""Words for the permission table: the roles, and what each right lets a person do."""

from django import template
from django.utils.translation import gettext_lazy as _

from servicing.domain import staff

register = template.Library()

ROLES = {
    staff.CS: _("customer service"),
    staff.CS_LEAD: _("customer service lead"),
    staff.RISK: _("risk officer"),
    staff.RISK_LEAD: _("risk lead"),
    staff.PRIVACY: _("privacy officer"),
    staff.ADMIN: _("administrator"),
    staff.AUDITOR: _("auditor"),
}
RIGHTS = {
    "today.view": _("see the overview of today"),
    "help.view": _("read the help"),
    "borrower.find": _("search a borrower"),
    "borrower.view": _("open a dossier"),
    "archive.browse": _("browse settled loans"),
    "monitor.view": _("watch the open loans of former customers"),
    "monitor.browse": _("watch those of every borrower"),
    "guess.watch": _("see who searched in vain too often"),
    "overdue.days": _("see days past due as a number"),
    "archive.chart": _("see the charts of the archive"),
    "reveal.name": _("show a name"),
    "reveal.phone": _("show a phone number"),
    "reveal.national_id": _("show a national id"),
    "processing.restrict": _("restrict the processing of a borrower's data"),
    "processing.lift": _("let a restriction be lifted"),
    "consent.record": _("note a borrower's consent to outside data, or its withdrawal"),
    "message.view": _("see the messages to borrowers"),
    "message.settle": _("send a stuck message again or drop it"),
    "survey.view": _("see what was asked after payoffs"),
    "payoff.tick": _("tick a step after a payoff"),
    "certificate.issue": _("issue a payoff certificate"),
    "certificate.revoke": _("revoke a payoff certificate"),
    "class.override": _("override the class of a loan"),
    "import.view": _("see imports"),
    "import.stage": _("stage an import"),
    "import.apply": _("apply an import"),
    "import.undo": _("ask for the undo of an import"),
    "import.mend": _("ask for rejected rows to mend them"),
    "feed.health": _("see how the feed stands"),
    "feed.view": _("see the messages of the feed"),
    "feed.mend": _("retry, leave out or accept what the feed brought"),
    "recheck.view": _("see rechecks"),
    "recheck.start": _("start a recheck"),
    "rule.view": _("read the rules"),
    "rule.release": _("release a held rule"),
    "rule.draft": _("draft a rule or the scorecard and propose it"),
    "rule.approve": _("put a proposed rule or scorecard in force"),
    "score.points": _("see the points of a score"),
    "alert.browse": _("browse alerts"),
    "case.queue": _("work the review queue"),
    "case.browse": _("browse all cases"),
    "case.view": _("open a case"),
    "case.decide": _("decide a case"),
    "case.return": _("give a case back to the line"),
    "view.save": _("save the view of a list"),
    "view.share": _("share a saved view with the team"),
    "list.export": _("take a list as a file, masked"),
    "export.trace": _("find out whose file an excerpt comes from"),
    "export.approve": _("approve a file of many borrowers"),
    "approval.view": _("see the own proposals and what waits for approval"),
    "approval.oversee": _("oversee all approvals"),
    "deputy.appoint": _("appoint a deputy"),
    "role.propose": _("propose a role"),
    "role.approve": _("grant a role"),
    "threshold.propose": _("propose a guarded setting"),
    "threshold.approve": _("approve a guarded setting"),
    "caller.verify": _("compare what a caller says with what is on file"),
    "phone.note": _("note a borrower's new phone number"),
    "phone.confirm": _("confirm a new phone number after a call back"),
    "response.log": _("log what a customer says"),
    "response.view": _("see what customers said"),
    "response.browse": _("browse what all customers said"),
    "response.answer": _("answer a customer"),
    "response.steer": _("steer what is with others: hand over, merge, answer"),
    "response.extend": _("propose more time for a complaint"),
    "response.approve": _("approve more time for a complaint"),
    "objection.view": _("see objections to credit data"),
    "objection.propose": _("propose how an objection ends"),
    "objection.approve": _("approve how an objection ends"),
    "objection.close": _("close an objection alone"),
    "ledger.view": _("read the ledger"),
    "admin.enter": _("enter the administration"),
}


@register.filter
def right_name(right):
    return RIGHTS.get(right, right)


@register.filter
def role_name(role):
    return ROLES.get(role, role) if role else _("no role")
