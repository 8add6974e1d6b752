"""The catalogue of obstacles: Pareto and trends, one cluster, one obstacle that has a name."""

from datetime import date, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback import charts
from feedback.actions import improvements
from feedback.forms import NameForm, SignatureForm
from feedback.models import ChannelDay, FailureDay, Improvement, Obstacle, Response, Signature
from feedback.models.improvements import catalogue
from feedback.models.improvements.facts import spans
from feedback.models.improvements.obstacles import visible_voices, voices
from feedback.templatetags.improvements import failure_words
from servicing.pages import right

MEASURES = {
    "customers": gettext_lazy("customer days"),
    "money": gettext_lazy("amount, yuan"),
    "count": gettext_lazy("failed attempts"),
}
OF = {"customers": "customers", "money": "amount", "count": "attempts"}
DRAWN, LINES, SAMPLE = 12, 5, 8


@right("improvement.view")
def obstacle_list(request):
    """What costs most first; how it moves; what customers say; and what has a name already."""
    on = timezone.localdate()
    by = request.GET.get("by") if request.GET.get("by") in MEASURES else "customers"
    found = ranked(catalogue.clusters(on=on), by)
    (first, last), _before = spans(on)
    named = Obstacle.objects.prefetch_related("signatures", "improvements").order_by("-named_at")
    page = {
        "by": by,
        "measures": MEASURES.items(),
        "measure": MEASURES[by],
        "first": first,
        "last": last,
        "rows": found,
        "figure": drawn_pareto(found, by) if found else None,
        "words": catalogue.words(on=on),
        "named": named,
        **trends(found[:LINES], on=on),
    }
    return render(request, "feedback/obstacle_list.html", page)


def ranked(clusters, by):
    """[(cluster, value, share %, cumulative %, address)], the largest first, without what is over."""
    values = [(cluster, getattr(cluster, OF[by])) for cluster in clusters if cluster.attempts]
    values.sort(key=lambda pair: (-pair[1], pair[0].channel, pair[0].error_code))
    whole, reached, rows = sum(value for _cluster, value in values), 0, []
    for cluster, value in values:
        reached += value
        share, cumulative = (float(100 * part / whole) if whole else 0.0 for part in (value, reached))
        rows.append((cluster, value, share, cumulative, cluster_link(cluster)))
    return rows


def drawn_pareto(rows, by):
    first = [(failure_words(c), value, cumulative, url) for c, value, _share, cumulative, url in rows[:DRAWN]]
    return charts.pareto(first, measure=str(MEASURES[by]))


def trends(rows, *, on):
    """The largest clusters week by week: a chart and the same as a table."""
    if not rows:
        return {"trend_figure": None}
    keys = [(cluster.channel, cluster.error_code) for cluster, *_rest in rows]
    weeks, found = catalogue.weekly(on=on, keys=keys)
    series = [
        (failure_words(cluster), [percent(*pair) for pair in found[key]], url)
        for key, (cluster, *_rest, url) in zip(keys, rows, strict=True)
    ]
    return {
        "trend_figure": charts.trends(weeks, series),
        "trend_heads": [(words, url) for words, _rates, url in series],
        "trend_rows": [
            (week, [rates[number] for _words, rates, _url in series]) for number, week in enumerate(weeks)
        ],
    }


def percent(part, whole):
    return round(100 * part / whole, 1) if whole else None


def cluster_link(cluster):
    query = {"channel": cluster.channel, "error": cluster.error_code}
    return f"{reverse('feedback:failure-cluster')}?{urlencode(query)}"


def asked(request, name):
    """A mark as the address names it, of signs that can be seen: no other is in the catalogue."""
    return "".join(filter(str.isprintable, request.GET.get(name, "")))[:32]


@right("improvement.view")
def failure_cluster(request):
    """One channel and error: size, trend, when it happens, with which version of the app."""
    on, key = timezone.localdate(), (asked(request, "channel"), asked(request, "error"))
    found = catalogue.clusters(on=on, channel=key[0], error_code=key[1])
    if not found:
        return redirect("feedback:obstacle-list")  # nothing has failed so for two months
    (first, last), _before = spans(on)
    cluster, facts = found[0], FailureDay.objects.filter(channel=key[0], error_code=key[1])
    now, tried = facts.between(first, last), ChannelDay.objects.filter(channel=key[0]).between(first, last)
    mark = Signature(side="failures", channel=key[0], error_code=key[1])
    hot = catalogue.heat(now)
    page = {
        "cluster": cluster,
        "title": failure_words(cluster),
        "first": first,
        "last": last,
        "people": catalogue.customers_met([mark], on=on),
        "weekdays": weekdays(),
        "heat_figure": charts.heat(hot, weekdays=weekdays()) if hot else None,
        "heat_rows": heat_rows(hot),
        "versions": catalogue.by_version(now, tried),
        "list_url": failures_link(key, first, last) if request.user.may("archive.browse") else "",
        "name_url": name_link(side="failures", channel=key[0], error_code=key[1]),
        "said": said(cluster.obstacle, request.user, on=on),
        **trends([(cluster, cluster_link(cluster))], on=on),
    }
    return render(request, "feedback/failure_cluster.html", page)


def weekdays():
    return [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]


def heat_rows(hot):
    """[(hours, failed attempts on each weekday, all)] in bands of three hours; bands without any left out."""
    rows = []
    for hour in range(0, 24, 3):
        cells = [sum(hot.get((day, hour + more), 0) for more in range(3)) for day in range(7)]
        if any(cells):
            rows.append((f"{hour:02d}–{hour + 3:02d}", cells, sum(cells)))
    return rows


def failures_link(key, first: date, last: date):
    query = {"channel": key[0], "error_code": key[1], "tried_from": first, "tried_to": last}
    return f"{reverse('feedback:failure-list')}?{urlencode(query)}"


def name_link(**mark):
    return f"{reverse('feedback:obstacle-new')}?{urlencode(mark)}"


def said(obstacle, person, *, on):
    """Some of what customers said of an obstacle, newest first, for who may read it."""
    if obstacle is None:
        return []
    rows = voices(obstacle.signatures.filter(side=Signature.Side.WORDS), on=on)
    return list(visible_voices(rows, person, on=on).order_by("-received_at")[:SAMPLE])


@right("improvement.view")
def voice_cluster(request):
    """One place where it hurts, and a topic: how many say so, and some of their words."""
    on = timezone.localdate()
    where, topic = request.GET.get("where", ""), asked(request, "topic")
    if where not in Response.Where.values:
        return redirect("feedback:obstacle-list")
    mark = Signature(side="words", where=where, topic=topic)
    rows, (now, before) = voices([mark], on=on), spans(on)
    kinds = dict(Response.Kind.choices)
    counts = catalogue.counted(rows.filter(received_on__range=now).values_list("kind"))
    page = {
        "where": Response.Where(where).label,
        "topic": topic,
        "first": now[0],
        "last": now[1],
        "kinds": [(kinds[kind], number) for kind, number in counts],
        "voices": sum(number for _kind, number in counts),
        "voices_before": rows.filter(received_on__range=before).count(),
        "obstacle": catalogue.named().get((where, topic)),
        "name_url": name_link(side="words", where=where, topic=topic),
        "said": list(visible_voices(rows, request.user, on=on).order_by("-received_at")[:SAMPLE]),
    }
    return render(request, "feedback/voice_cluster.html", page)


@right("improvement.view")
def obstacle_detail(request, pk):
    """An obstacle with its marks, how large they are, what customers say and what is done about it."""
    on = timezone.localdate()
    obstacle = get_object_or_404(Obstacle.objects.select_related("named_by", "heard_in"), pk=pk)
    signatures = list(obstacle.signatures.all())
    keys = {(row.channel, row.error_code) for row in signatures if row.side == Signature.Side.FAILURES}
    found = [c for c in catalogue.clusters(on=on) if (c.channel, c.error_code) in keys]
    rows = ranked(found, "customers")
    (first, last), _before = spans(on)
    marks = [row for row in signatures if row.side == Signature.Side.WORDS]
    page = {
        "obstacle": obstacle,
        "rows": rows,
        "quiet": keys - {(c.channel, c.error_code) for c, *_rest in rows},
        "marks": [
            (row, voices([row], on=on).filter(received_on__range=(first, last)).count()) for row in marks
        ],
        "first": first,
        "last": last,
        "improvements": Improvement.objects.filter(obstacle=obstacle).for_board(),
        "said": said(obstacle, request.user, on=on),
        **trends([(c, url) for c, *_rest, url in rows][:LINES], on=on),
    }
    return render(request, "feedback/obstacle_detail.html", page)


REFUSALS = {
    "right": gettext_lazy("Your role may not do this."),
    "title": gettext_lazy("Give it a name, or choose one that has one."),
    "signature": gettext_lazy("This is no mark of an obstacle."),
    "taken": gettext_lazy("This mark belongs to an obstacle already."),
}


@right("obstacle.name")
def obstacle_new(request):
    """Give a mark a name: from a cluster, or from what a caller just said."""
    mark = SignatureForm(request.POST or request.GET)
    if not mark.is_valid():
        return redirect("feedback:obstacle-list")
    form = NameForm(request.POST or None, initial={"heard": request.GET.get("heard", "")})
    if request.method == "POST" and form.is_valid():
        try:
            obstacle = named(form.cleaned_data, mark.cleaned_data, by=request.user, at=timezone.now())
        except improvements.NotAllowed as refused:
            form.add_error(None, REFUSALS[str(refused)])
        else:
            messages.success(request, _("The obstacle has a name."))
            return redirect("feedback:obstacle-detail", obstacle.pk)
    status = 422 if form.is_bound else 200
    page = {"form": form, "mark": mark, "signature": Signature(**mark.cleaned_data)}
    return render(request, "feedback/obstacle_form.html", page, status=status)


def named(given, signature, *, by, at):
    """The obstacle, new or with one more mark."""
    if obstacle := given["obstacle"]:
        improvements.add_signature(obstacle=obstacle, signature=signature, by=by, at=at)
        return obstacle
    heard = Response.objects.filter(reference=given["heard"]).first() if given["heard"] else None
    return improvements.name(
        title=given["title"], note=given["note"], signatures=[signature], heard_in=heard, by=by, at=at
    )


def week_link(obstacle, first: date):
    """The failed payments of one week behind an obstacle that is known by one failure."""
    marks = [row for row in obstacle.signatures.all() if row.side == Signature.Side.FAILURES]
    if len(marks) != 1:
        return ""
    return failures_link((marks[0].channel, marks[0].error_code), first, first + timedelta(days=6))
