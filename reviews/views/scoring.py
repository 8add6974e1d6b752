"""The scorecard: points for each bin of each feature, as a table to be read and added up by hand."""

from django.shortcuts import render

from reviews.models import Edition
from servicing.pages import right


@right("rule.view")
def scorecard(request):
    edition = Edition.objects.select_related("card__drafted_by", "card__activated_by").latest("number")
    page = {"edition": edition, "row": edition.card, "card": edition.card and edition.card.as_card()}
    return render(request, "reviews/scorecard.html", page)
