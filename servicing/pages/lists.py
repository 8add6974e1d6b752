"""Lists: table, filter, sort and page, all of it in the URL; pages are found by key."""

import base64
import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import InvalidPage
from django.db.models import Q
from django.utils.functional import Promise
from django.views.generic import TemplateView

from servicing.domain.staff import SAMPLED
from servicing.pages.rights import RightMixin

# What is shown is translated when it is shown.
Words = str | Promise


class Keyset:
    """One page of a QuerySet by key, not by OFFSET: page 10,000 costs what page 1 costs.

    `sort` are field paths that are never null, with "-" for descending; the primary key breaks ties.
    `after` and `before` are the cursors of a neighbouring page; raises InvalidPage for a foreign one.
    """

    def __init__(self, rows, *, sort, size, after="", before=""):
        tie = "-pk" if sort[0].startswith("-") else "pk"
        self.sort = (*sort, *([] if sort[-1].lstrip("-") == "pk" else [tie]))
        backwards = bool(before) and not after
        order = [_turned(field) for field in self.sort] if backwards else self.sort
        found = rows.order_by(*order)
        if cursor := after or before:
            found = found.filter(self._beyond(order, self._read(rows.model, cursor)))
        found = list(found[: size + 1])
        more, found = len(found) > size, found[:size]
        self.rows = found[::-1] if backwards else found
        has_next, has_before = (bool(cursor), more) if backwards else (more, bool(cursor))
        self.after = self._cursor(self.rows[-1]) if self.rows and has_next else ""
        self.before = self._cursor(self.rows[0]) if self.rows and has_before else ""

    def _beyond(self, order, values):
        """Rows that come later than these values in this order."""
        steps = [(field.lstrip("-"), "lt" if field.startswith("-") else "gt") for field in order]
        ahead, same = Q(pk__in=[]), Q()
        for (field, word), value in zip(steps, values, strict=True):
            ahead |= same & Q(**{f"{field}__{word}": value})
            same &= Q(**{field: value})
        # Said twice on purpose: the plain bound is what lets PostgreSQL enter the index in the right place.
        (field, word), value = steps[0], values[0]
        return Q(**{f"{field}__{word}e": value}) & ahead

    def _cursor(self, row):
        values = [str(_value(row, field.lstrip("-"))) for field in self.sort]
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")

    def _read(self, model, cursor):
        try:
            texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if not all(isinstance(text, str) for text in texts):
                raise InvalidPage("not a cursor of this list")
            fields = [_field(model, field.lstrip("-")) for field in self.sort]
            return [field.to_python(text) for field, text in zip(fields, texts, strict=True)]
        except (ValueError, TypeError, ValidationError) as error:
            raise InvalidPage("not a cursor of this list") from error


def _turned(field):
    return field.removeprefix("-") if field.startswith("-") else f"-{field}"


def _value(row, path):
    for part in path.split("__"):
        row = getattr(row, part)
    return row


def _field(model, path):
    """The model field at the end of a path such as loan__settled_on."""
    *steps, name = path.split("__")
    for step in steps:
        model = model._meta.get_field(step).related_model
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


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

    def rows(self):
        raise NotImplementedError

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

    def filterset(self):
        return self.filterset_class(self.request.GET or None, queryset=self.rows(), request=self.request)

    def page(self, rows, sort):
        query = self.request.GET
        asked = {"after": query.get("after", ""), "before": query.get("before", "")}
        try:
            return Keyset(rows, sort=sort, size=self.size, **asked)
        except InvalidPage:
            # An old or mangled link is answered with the first page.
            return Keyset(rows, sort=sort, size=self.size)

    def get_context_data(self, **kwargs):
        chosen = self.filterset() if self.filterset_class else None
        rows = self.rows() if chosen is None else chosen.qs
        if chosen is not None and chosen.is_bound and not chosen.form.is_valid():
            rows = rows.none()
        asked, sort = self.sorted_by()
        page = self.page(rows, sort)
        return super().get_context_data(
            **kwargs,
            view=self,
            filter=chosen,
            is_filtered=bool(chosen is not None and any(chosen.data.get(n) for n in chosen.filters)),
            page=page,
            sort=asked,
            total=rows.order_by().count(),
            table=self.make_table(page.rows),
            is_sample=getattr(self.request.user, "role_code", "") in SAMPLED,
        )

    def make_table(self, rows):
        return self.table_class(rows, request=self.request)
