"""How the whole book stands: drawn from what each run wrote of its day, never from the snapshots."""

import calendar
from datetime import date
from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews import charts
from reviews.domain.scoring import BANDS
from reviews.models import PortfolioDay
from reviews.templatetags.versions import band_words
from servicing.actions import feed
from servicing.domain.staff import SAMPLED
from servicing.models import Product
from servicing.pages import right

DAYS, MONTHS = 30, 24
NO_POINTS = gettext_lazy("no points")


@right("recheck.view")
def book(request):
    """Bands over days, who moved since the run before, and the newest day by product and month of payoff."""
    days = PortfolioDay.objects.newest_days(DAYS)
    if not days:
        return render(request, "reviews/book.html", {"day": None})
    today = PortfolioDay.objects.on(days[0])
    lists = request.user.may("archive.browse")
    page = {
        "is_sample": lists and request.user.role_code in SAMPLED,
        "leads_to_lists": lists,
        "day": days[0],
        "stale": feed.troubles(at=timezone.now()),
        "before": days[1] if len(days) > 1 else None,
        "parts": [
            over_days(days),
            by_product(today, link=product_link if lists else None),
            by_cohort(today, link=cohort_link if lists else None),
        ],
    }
    return render(request, "reviews/book.html", page | moved(today))


def words():
    """The bands by their numbers, in words."""
    return {number: band_words(code) for number, code in enumerate(BANDS)} | {None: str(NO_POINTS)}


def drawn(groups, counts, *, name, title, lead, x, link=None, are_days=False):
    """One chart with its table: `groups` are (key, words), `counts[key, band]` borrowers."""
    shown = {key for key, _name in groups}
    bands = {band: text for band, text in words().items() if any(k in shown and b == band for k, b in counts)}
    return {
        "name": name,
        "figure_id": f"{name}-figure",
        "title": title,
        "lead": lead,
        "head": x,
        "bands": list(bands.values()),
        "figure": charts.by_band(groups, counts, bands=bands, x=x, link=link, are_days=are_days),
        "rows": [
            (
                text,
                link and link(key),
                sum(counts.get((key, band), 0) for band in bands),
                [counts.get((key, band), 0) for band in bands],
            )
            for key, text in groups
        ],
    }


def over_days(days):
    rows = PortfolioDay.objects.filter(as_of__gte=days[-1]).by_band()
    counts = {(day, band): number for day, band, number in rows}
    return drawn(
        [(day, day.isoformat()) for day in reversed(days)],
        counts,
        name="book-days",
        title=_("Bands over days"),
        lead=_("borrowers by band of points, on the last %(number)s days that were judged")
        % {"number": DAYS},
        x=_("day"),
        are_days=True,
    )


def by_product(today, *, link):
    counts = {(product, band): number for product, band, number in today.by("product")}
    names = dict(Product.objects.values_list("pk", "name"))
    known = {key for key, _band in counts}
    groups = sorted(((key, names.get(key, _("not known"))) for key in known), key=lambda group: group[1])
    return drawn(
        groups,
        counts,
        name="book-products",
        title=_("By product"),
        lead=_("borrowers by the product of the loan that they settled last"),
        x=_("product"),
        link=link,
    )


def by_cohort(today, *, link):
    counts = {(month, band): number for month, band, number in today.by("cohort")}
    months = sorted({month for month, _band in counts})[-MONTHS:]
    return drawn(
        [(month, f"{month:%Y-%m}") for month in months],
        counts,
        name="book-cohorts",
        title=_("By month of payoff"),
        lead=_("borrowers by the month of their latest payoff, the last %(number)s months")
        % {"number": MONTHS},
        x=_("month of payoff"),
        link=link,
    )


def moved(today):
    """Who stood in which band before and stands in which now, as shares of each band before."""
    counts = {(before, band): number for before, band, number in today.moves()}
    bands = {number: band_words(code) for number, code in enumerate(BANDS)}
    whole = {before: sum(counts.get((before, band), 0) for band in bands) for before in bands}
    shares = {
        (before, band): 100 * counts.get((before, band), 0) / whole[before]
        for before in bands
        for band in bands
        if whole[before]
    }
    return {
        "moves_figure": charts.moves(shares, counts, bands=bands) if counts else None,
        "move_bands": list(bands.values()),
        "move_rows": [
            (text, whole[before], [(counts.get((before, band), 0), whole[before]) for band in bands])
            for before, text in bands.items()
        ],
    }


def product_link(product):
    """The borrowers behind a product; none where it is not known, for no filter asks for that."""
    return listed(product=product) if product else None


def cohort_link(month: date):
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    return listed(settled_from=month.isoformat(), settled_to=last.isoformat())


def listed(**narrowed):
    """The list of borrowers by their last loan: how they stand now, while the book is of its day."""
    return f"{reverse('reviews:coverage-list')}?{urlencode({'tab': 'all'} | narrowed)}"
