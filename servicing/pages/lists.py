"""Lists: table, filter, sort and page, all of it in the URL."""

from copy import copy
from typing import Any

from django.core.paginator import InvalidPage
from django.forms import CharField
from django.http import QueryDict
from django.shortcuts import redirect
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.functional import Promise, cached_property
from django.views.generic import TemplateView

from servicing.domain.privacy import blur
from servicing.domain.staff import SAMPLED
from servicing.models import SavedView
from servicing.pages.counting import Count, counted
from servicing.pages.keyset import Keyset
from servicing.pages.rights import RightMixin

# No choice, day or number of a filter is longer.
LONGEST = 64
# What is shown is translated when it is shown.
Words = str | Promise


class ListPage(RightMixin, TemplateView):
    """A list: rows, a table, a filter. Subclasses name them, and the words for an empty list."""

    template_name = "_pages/list.html"
    table_class: Any = None
    filterset_class: Any = None
    sort: tuple[str, ...] = ("-pk",)
    size = 25
    title: Words = ""
    lead: Words = ""
    empty_title: Words = ""
    empty_text: Words = ""
    empty_icon = "inbox"
    # The path from a row to its borrower, where the list can leave the house as a file.
    borrower = ""
    # The right with which rows may be ticked and judged again, where they are borrowers.
    chooses = ""
    # {what the URL says: its values} beside filters and order, where a list has tabs.
    tabs: dict[str, tuple[str, ...]] = {}

    def get(self, request, *args, **kwargs):
        """The list; opened without any wish, as the person likes to have it."""
        own = [] if request.GET else [kept for kept in self.saved_views if kept.person_id == self.person.pk]
        for kept in own:
            if kept.is_default and kept.query:
                return redirect(f"{request.path}?{kept.query}")
        return super().get(request, *args, **kwargs)

    @cached_property
    def saved_views(self):
        """What was kept of this list, by this person or shared by a lead."""
        match = self.request.resolver_match
        return list(SavedView.objects.visible_to(self.person).filter(view=match.view_name if match else ""))

    def keepable(self):
        """The query of this page as it may be kept: choices, days and numbers that the filters know, the
        order and the tab; never free text, for that is how people are found.
        """
        asked, kept = self.request.GET, QueryDict(mutable=True)
        if self.filterset_class:
            form = self.filterset.form
            known = [] if not form.is_bound else [name for name in form.fields if name not in form.errors]
            for name in known:
                text = asked.get(name, "")
                is_typed = isinstance(form.fields[name], CharField) or blur(text) != text
                if text and not is_typed and len(text) <= LONGEST:
                    kept[name] = text
        for name, values in self.tabs.items():
            if asked.get(name) in values:
                kept[name] = asked[name]
        if sort := self.sorted_by()[0]:
            kept["sort"] = sort
        return kept.urlencode()

    def rows(self):
        raise NotImplementedError

    def reachable(self):
        """Every row that this person could see here, whatever the tab: where a file looks for its rows."""
        return self.rows()

    @property
    def person(self) -> Any:
        """Who asks: nobody comes here without having signed in."""
        return self.request.user

    def sortable(self):
        """{what the URL says: field path} of the columns by which this list can be ordered."""
        columns = self.table_class.base_columns.items()
        return {name: str(column.order_by[0]) for name, column in columns if column.order_by}

    def sorted_by(self):
        asked = self.request.GET.get("sort", "")
        field = self.sortable().get(asked.lstrip("-"))
        if not field:
            return "", self.sort
        return asked, (("-" if asked.startswith("-") else "") + field,)

    @cached_property
    def filterset(self):
        return self.filterset_class(self.request.GET or None, queryset=self.rows(), request=self.request)

    def chosen(self):
        """(filter or None, the rows that it leaves, none where it was not understood)."""
        if not self.filterset_class:
            return None, self.rows()
        chosen = self.filterset
        if chosen.is_bound and not chosen.form.is_valid():
            return chosen, chosen.queryset.none()
        return chosen, chosen.qs

    def in_order(self, rows):
        """The rows as the list shows them, without pages."""
        _asked, sort = self.sorted_by()
        return rows.order_by(*sort, "-pk" if sort[0].startswith("-") else "pk")

    def page(self, rows, sort):
        query = self.request.GET
        asked = {"after": query.get("after", ""), "before": query.get("before", "")}
        try:
            return Keyset(rows, sort=sort, size=self.size, **asked)
        except InvalidPage:
            # An old or mangled link is answered with the first page.
            return Keyset(rows, sort=sort, size=self.size)

    def count(self, rows, page):
        """How many rows the list has; one that fits on one page has counted itself."""
        if not page.after and not page.before:
            return Count(len(page.rows))
        return counted(rows, shown=len(page.rows))

    def get_context_data(self, **kwargs):
        chosen, rows = self.chosen()
        asked, sort = self.sorted_by()
        page = self.page(rows, sort)
        count = self.count(rows, page)
        return super().get_context_data(
            **kwargs,
            view=self,
            filter=chosen,
            is_filtered=bool(chosen is not None and any(chosen.data.get(n) for n in chosen.filters)),
            page=page,
            sort=asked,
            total=count.number,
            is_about=count.is_about,
            table=self.make_table(page.rows),
            saved_views=self.saved_views,
            chooses=bool(self.chooses and self.person.may(self.chooses)),
            here=self.keepable(),
            is_sample=getattr(self.request.user, "role_code", "") in SAMPLED,
        )

    def make_table(self, rows):
        return self.table_class(rows, request=self.request)


def list_page(request, name, query):
    """The list of a route name as this person would see it with this query.

    Raises LookupError for what is no list, or none that this person may open.
    """
    try:
        match = resolve(reverse(name))
    except (NoReverseMatch, Resolver404) as error:
        raise LookupError(name) from error
    kind = getattr(match.func, "view_class", None)
    if not (isinstance(kind, type) and issubclass(kind, ListPage) and request.user.may(kind.right)):
        raise LookupError(name)
    asked = copy(request)
    asked.GET, asked.resolver_match = QueryDict(query), match
    page = kind()
    page.setup(asked)
    return page


def spoken(chosen):
    """[[label, value]] of the filters that were set, in words, without the numbers of people."""
    if chosen is None or not chosen.is_bound or not chosen.form.is_valid():
        return []
    return [
        [str(chosen.form.fields[name].label), blur(_words(chosen.form.fields[name], value))]
        for name, value in chosen.form.cleaned_data.items()
        if value not in (None, "", [])
    ]


def _words(field, value):
    choices = {} if hasattr(field, "queryset") else dict(getattr(field, "choices", ()))
    return str(choices.get(value, value))
