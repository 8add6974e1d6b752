"""The permission table: seven roles, every right, one place. Menu, views, buttons and tests read it.

It follows the access matrix of the house. What the matrix gives only with a second person is listed
only where that second person exists in the product.
"""

CS, CS_LEAD, RISK, RISK_LEAD, PRIVACY, ADMIN, AUDITOR = ROLES = (
    "cs",
    "cs_lead",
    "risk",
    "risk_lead",
    "privacy",
    "admin",
    "auditor",
)

EVERYONE = frozenset(ROLES)
_CARE = frozenset({CS, CS_LEAD})
_RISK = frozenset({RISK, RISK_LEAD})
_QUERY = _CARE | _RISK | {PRIVACY}

RIGHTS = {
    "today.view": EVERYONE,
    "help.view": EVERYONE,
    # Borrowers, masked
    "borrower.find": _QUERY,
    "borrower.view": _QUERY | {AUDITOR},
    # Who searched in vain so often that it looks like guessing
    "guess.watch": frozenset({CS_LEAD, RISK_LEAD, PRIVACY}),
    "archive.browse": frozenset({RISK_LEAD, PRIVACY, AUDITOR}),
    # Open loans of people who settled before: an officer the borrowers of own cases, `browse` everybody
    "monitor.view": _RISK | {PRIVACY, AUDITOR},
    "monitor.browse": frozenset({RISK_LEAD, PRIVACY, AUDITOR}),
    # Days past due as a number; customer service sees the band (reliability: masking)
    "overdue.days": _RISK | {PRIVACY, AUDITOR},
    "archive.chart": _RISK | {CS_LEAD, PRIVACY, AUDITOR},
    # One field, with a reason
    "reveal.name": _QUERY,
    "reveal.phone": _QUERY,
    "reveal.national_id": frozenset({CS_LEAD, RISK, RISK_LEAD, PRIVACY}),
    # Data that is kept and no more; a second person lets it be used again
    "processing.restrict": frozenset({PRIVACY}),
    "processing.lift": frozenset({RISK_LEAD, PRIVACY}),
    # A borrower's word on outside data and on advertising; withdrawing is as easy as giving it
    "consent.record": _CARE | {PRIVACY},
    # What was sent to borrowers, and what got stuck on the way
    "message.view": frozenset({CS_LEAD, RISK_LEAD, PRIVACY, AUDITOR}),
    "message.settle": frozenset({CS_LEAD, PRIVACY}),
    "survey.view": frozenset({CS_LEAD, PRIVACY, AUDITOR}),
    # After a payoff: what has to be done, and the certificate that says how the loan ended
    "payoff.tick": _CARE | _RISK,
    "certificate.issue": _CARE | {RISK_LEAD},
    "certificate.revoke": frozenset({CS_LEAD, RISK_LEAD}),
    # One loan's class otherwise than its days past due say
    "class.override": frozenset({RISK_LEAD}),
    # Files in: one person stages, another applies
    "import.view": _RISK | {PRIVACY, AUDITOR},
    "import.stage": frozenset({RISK}),
    "import.apply": frozenset({RISK_LEAD}),
    # Whoever takes part may ask for the undo, and for rejected rows to mend them; another person allows it
    "import.undo": _RISK,
    "import.mend": _RISK,
    # The loan core's feed: how it is, its messages without personal data, and what to do with a refused one
    "feed.health": _RISK | {PRIVACY, ADMIN, AUDITOR},
    "feed.view": _RISK | {PRIVACY, AUDITOR},
    "feed.mend": frozenset({RISK_LEAD}),
    # Recheck, alerts, cases
    "recheck.view": _RISK | {PRIVACY, AUDITOR},
    "recheck.start": _RISK,
    "rule.view": _RISK | {PRIVACY, AUDITOR},
    "rule.release": frozenset({RISK_LEAD}),
    # What judges: drafted and proposed by an officer, put in force by a lead
    "rule.draft": frozenset({RISK}),
    "rule.approve": frozenset({RISK_LEAD}),
    # Points one by one; who opens a dossier without it sees the band
    "score.points": _RISK,
    "alert.browse": frozenset({RISK_LEAD, PRIVACY}),
    "case.queue": _RISK,
    "case.browse": frozenset({RISK_LEAD, PRIVACY}),
    "case.view": _RISK | {PRIVACY},
    "case.decide": _RISK,
    # Somebody else's case back into the line: its owner may be away or gone
    "case.return": frozenset({RISK_LEAD}),
    # Obstacles and improvements: all see them, whoever hears of an obstacle names it, leads steer
    "improvement.view": _QUERY | {AUDITOR},
    "improvement.steer": frozenset({CS_LEAD, RISK_LEAD}),
    "obstacle.name": _CARE | _RISK,
    # What responses are about: decided by whoever hears them; the list and the model are the leads'
    "topic.decide": _QUERY,
    "topic.view": frozenset({CS_LEAD, RISK_LEAD, PRIVACY, AUDITOR}),
    "topic.manage": frozenset({CS_LEAD}),
    # A list as somebody likes it, under a name
    "view.save": EVERYONE,
    "view.share": frozenset({CS_LEAD, RISK_LEAD, PRIVACY}),
    # Files of the lists that a role may open, masked; beyond a few borrowers a second person approves
    "list.export": frozenset({CS_LEAD, RISK, RISK_LEAD, PRIVACY}),
    "export.approve": frozenset({CS_LEAD, RISK_LEAD, PRIVACY}),
    # Whose file an excerpt comes from, by its unseen mark
    "export.trace": frozenset({PRIVACY, AUDITOR}),
    # What needs a second person; which of these a person may decide is in the kind of each
    "approval.view": EVERYONE,
    "approval.oversee": frozenset({PRIVACY, AUDITOR}),
    "deputy.appoint": frozenset({CS_LEAD, RISK_LEAD, PRIVACY}),
    "role.propose": frozenset({ADMIN}),
    "role.approve": frozenset({PRIVACY}),
    "threshold.propose": frozenset({RISK}),
    "threshold.approve": frozenset({RISK_LEAD}),
    # Tiers: everybody who talks to customers sees the rules, a lead drafts them, privacy puts them in force
    "tier.view": _CARE | {PRIVACY, AUDITOR},
    "tier.browse": frozenset({CS_LEAD, PRIVACY, AUDITOR}),
    "tier.draft": frozenset({CS_LEAD}),
    "tier.approve": frozenset({PRIVACY}),
    # Campaigns and offers; stopping needs one person, for it takes nothing from anybody
    "campaign.view": _CARE | {PRIVACY, AUDITOR},
    "campaign.draft": frozenset({CS_LEAD}),
    "campaign.approve": frozenset({PRIVACY}),
    "campaign.stop": frozenset({CS_LEAD, PRIVACY}),
    "campaign.measure": frozenset({CS_LEAD, RISK_LEAD, PRIVACY, AUDITOR}),
    "offer.view": _CARE | {PRIVACY, AUDITOR},
    "offer.answer": _CARE,
    "offer.browse": frozenset({CS_LEAD, PRIVACY, AUDITOR}),
    # No offers for a borrower until a day: adverse to a person, so of two people, and never told to care
    "hold.view": _RISK | {PRIVACY, AUDITOR},
    "hold.propose": frozenset({RISK}),
    "hold.confirm": frozenset({RISK_LEAD}),
    # What a caller says is compared with what is on file; a new number is noted by one, confirmed by another
    "caller.verify": _QUERY,
    "phone.note": _CARE,
    "phone.confirm": _CARE,
    # What customers say: taken in and answered by all who may find them; a lead steers what is with others
    "response.log": _QUERY,
    "response.view": _QUERY | {AUDITOR},
    "response.browse": frozenset({CS_LEAD, RISK_LEAD, PRIVACY, AUDITOR}),
    "response.answer": _QUERY,
    "response.steer": frozenset({CS_LEAD, RISK_LEAD, PRIVACY}),
    "response.extend": _CARE,
    "response.approve": frozenset({CS_LEAD}),
    # Objections to credit data: closed by two people, or by the privacy officer alone
    "objection.view": _QUERY | {AUDITOR},
    "objection.propose": _RISK | {CS_LEAD},
    "objection.approve": _RISK | {CS_LEAD, PRIVACY},
    "objection.close": frozenset({PRIVACY}),
    # The trail
    "ledger.view": frozenset({PRIVACY, AUDITOR}),
    # Django's admin: people, products, schedule, calendar, settings; never borrowers or rules
    "admin.enter": frozenset({ADMIN}),
}

# Roles that see a changing sample of borrowers instead of all.
SAMPLED = frozenset({AUDITOR})

# Who works under whom, the lead included: who may stand in for a lead, and who sees what a lead shares.
TEAMS = {
    CS_LEAD: frozenset({CS, CS_LEAD}),
    RISK_LEAD: frozenset({RISK, RISK_LEAD}),
    PRIVACY: frozenset({PRIVACY}),
}

# Reveals a person may make in one day (reliability: reveal with reason).
REVEALS_A_DAY = {CS: 20, CS_LEAD: 100, RISK: 60, RISK_LEAD: 100, PRIVACY: 100}

# Borrowers whose pages a person may open in one day (reliability A2: stopped at 200, leads see more).
VIEWS_A_DAY = {CS: 150, CS_LEAD: 300, RISK: 200, RISK_LEAD: 400, PRIVACY: 400, AUDITOR: 400}


class UnknownRight(LookupError):
    """A right that the table does not name: a spelling mistake, never a refusal."""


def allows(role: str, right: str) -> bool:
    """Whether a role holds a right; raises UnknownRight for a right outside the table."""
    try:
        return role in RIGHTS[right]
    except KeyError:
        raise UnknownRight(right) from None
