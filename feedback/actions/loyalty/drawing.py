"""Draws those whom a campaign is for: who is offered something, and who is held out to measure it against."""

from django.db import connection, transaction
from django.db.models import Q

from feedback.actions.loyalty import compiling
from feedback.actions.loyalty.passing import each
from feedback.actions.loyalty.words import allowed
from feedback.domain import loyalty
from feedback.domain.loyalty import holdout
from feedback.models import Campaign
from servicing.actions import ledger, privacy

# An answer to an offer waits for one piece at most.
CHUNK = 2000
CANDIDATES = """
select borrower_id from ({known}) as known left join (
    select borrower_id, level as tier from feedback_standing) as stands using (borrower_id)
where {condition} and not exists (
    select from feedback_offer o where o.campaign_id = %(campaign)s and o.borrower_id = known.borrower_id)
order by borrower_id"""
# HMAC-SHA-256 of the borrower's number, as feedback.domain.loyalty.holdout works it out for one.
DRAW = """
insert into feedback_offer (campaign_id, borrower_id, status, drawn_on, expires_on, facts)
select %(campaign)s, borrower_id, case when {drawn} < %(percent)s then 'held_out' else 'offered' end,
       %(on)s, least(%(on)s::date + %(days)s, %(ends_on)s::date), {seen}
from (select *, sha256(%(outer)s || sha256(%(inner)s || convert_to(borrower_id::text, 'UTF8'))) as hash
      from ({known}) as known left join (
          select borrower_id, level as tier from feedback_standing) as stands using (borrower_id)) as found
on conflict (campaign_id, borrower_id) do nothing
returning status"""
BYTES = " + ".join(f"(get_byte(hash, {place})::bigint << {8 * (3 - place)})" for place in range(4))
DRAWN = f"mod({BYTES}, 100)"


def key(campaign):
    """The key by which this campaign holds out, made of a key of the installation."""
    return privacy.keyring().sign("holdout", str(campaign.pk))


def asks(campaign):
    """What a campaign asks, as the domain knows it; nothing where it goes without profiling."""
    return loyalty.read(campaign.conditions, of=(*loyalty.FACTS, loyalty.TIER))


def candidates(campaign):
    """The query of those who fit and were not drawn yet."""
    return CANDIDATES.format(known=compiling.known(), condition=compiling.condition(asks(campaign)))


def eligible(campaign, *, on):
    """Ids of those who fit, are not drawn yet and said yes to it."""
    with connection.cursor() as cursor:
        cursor.execute(candidates(campaign), compiling.named(on=on) | {"campaign": campaign.pk})
        found = [pk for (pk,) in cursor]
    return allowed(found, is_profiled=campaign.is_profiled, on=on)


def reach(campaign, *, on):
    """How many would be drawn today."""
    return len(eligible(campaign, on=on))


def drawing(campaign):
    """The statement that draws `ids`; of what the campaign asks it freezes the numbers."""
    asked = dict.fromkeys(condition.fact for condition in asks(campaign))
    seen = compiling.seen(asked)
    return DRAW.format(drawn=DRAWN, seen=seen, known=compiling.known(compiling.SOME))


def draw(*, campaign, on, by, at):
    """Draw for a campaign all who have come to fit since it was drawn last; (offered, held out).

    Once a day, whoever asks how often. The day is claimed first and by itself, and who fits is drawn piece by
    piece: so nobody's answer waits for it. What a killed draw has left the next day draws.
    """
    fresh = Q(drawn_on=None) | Q(drawn_on__lt=on)
    if not Campaign.objects.running(on=on).filter(fresh, pk=campaign.pk).update(drawn_on=on):
        return 0, 0
    inner, outer = holdout.pads(key(campaign))
    named = compiling.named(on=on) | {
        "campaign": campaign.pk, "percent": campaign.held_percent, "days": campaign.offer_days,
        "ends_on": campaign.ends_on, "inner": inner, "outer": outer,
    }  # fmt: skip
    ids, text, drawn = sorted(eligible(campaign, on=on)), drawing(campaign), []
    for start in range(0, len(ids), CHUNK):
        piece = named | {"ids": ids[start : start + CHUNK]}
        drawn += draw_piece(campaign, text, piece, on=on, by=by, at=at)
    held = drawn.count("held_out")
    return len(drawn) - held, held


@transaction.atomic
def draw_piece(campaign, text, named, *, on, by, at):
    """Draw for some of them: what became of each; nothing once the campaign was stopped."""
    rows = Campaign.objects.running(on=on).select_for_update(no_key=True)
    if rows.filter(pk=campaign.pk).first() is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(text, named)
        drawn = [status for (status,) in cursor]
    if drawn:
        held = drawn.count("held_out")
        detail = {"campaign": str(campaign), "offered": len(drawn) - held, "held_out": held}
        ledger.record(what="campaign.drawn", target=campaign, by=by, at=at, detail=detail)
    return drawn


def draw_all(*, on, by, at, until=None):
    """Draw for every campaign that runs; how many were offered something."""

    def drawn(campaign):
        offered, _held = draw(campaign=campaign, on=on, by=by, at=at)
        return offered

    due = Campaign.objects.running(on=on).filter(Q(drawn_on=None) | Q(drawn_on__lt=on))
    # Those that began first draw first.
    return each(due.order_by("starts_on", "pk"), drawn, until=until)
