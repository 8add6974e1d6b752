"""Pages of a list are found by key."""

import base64
import json

from django.core.exceptions import ValidationError
from django.core.paginator import InvalidPage
from django.db import DataError, transaction
from django.db.models import F, Q
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

# Two values in base64: a text of 64 characters of three bytes each, and a key.
LONGEST_CURSOR = 300
WAYS = {"lt": TupleLessThan, "gt": TupleGreaterThan}


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
            found = self._tried(found.filter(self._beyond(order, self._read(rows.model, cursor)))[: size + 1])
        found = list(found[: size + 1])
        more, found = len(found) > size, found[:size]
        self.rows = found[::-1] if backwards else found
        has_next, has_before = (bool(cursor), more) if backwards else (more, bool(cursor))
        self.after = self._cursor(self.rows[-1]) if self.rows and has_next else ""
        self.before = self._cursor(self.rows[0]) if self.rows and has_before else ""

    def _tried(self, rows):
        """The rows, where the database has such values at all: a half surrogate or a day before Christ."""
        try:
            with transaction.atomic():
                return list(rows)
        except (DataError, ValueError) as error:
            raise InvalidPage("not a cursor of this list") from error

    def _beyond(self, order, values):
        """Rows that come later than these values in this order."""
        steps = [(field.lstrip("-"), "lt" if field.startswith("-") else "gt") for field in order]
        ahead, same = Q(pk__in=[]), Q()
        for (field, word), value in zip(steps, values, strict=True):
            ahead |= same & Q(**{f"{field}__{word}": value})
            same &= Q(**{field: value})
        # Said twice on purpose: the plain bound is what lets PostgreSQL enter the index in the right place.
        (field, word), value = steps[0], values[0]
        bound = Q(**{f"{field}__{word}e": value})
        if any("__" in field or word != steps[0][1] for field, word in steps):
            return bound & ahead
        # One index holds the whole key: it is entered at the very row, however many share its first value.
        key = Tuple(*(F(field) for field, _word in steps))
        return Q(WAYS[word](key, tuple(values)))

    def _cursor(self, row):
        values = [str(_value(row, field.lstrip("-"))) for field in self.sort]
        return base64.urlsafe_b64encode(json.dumps(values, ensure_ascii=False).encode()).decode().rstrip("=")

    def _read(self, model, cursor):
        if len(cursor) > LONGEST_CURSOR:
            raise InvalidPage("not a cursor of this list")
        try:
            texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if not all(isinstance(text, str) for text in texts):
                raise InvalidPage("not a cursor of this list")
            fields = [_field(model, field.lstrip("-")) for field in self.sort]
            return [_checked(field, text) for field, text in zip(fields, texts, strict=True)]
        except (ValueError, TypeError, RecursionError, ValidationError) as error:
            raise InvalidPage("not a cursor of this list") from error


def _turned(field):
    return field.removeprefix("-") if field.startswith("-") else f"-{field}"


def _value(row, path):
    for part in path.split("__"):
        row = getattr(row, part)
    return row


def _checked(field, text):
    """A value that the column could hold; choices do not matter, for they may have gone since."""
    value = field.to_python(text)
    field.run_validators(value)
    return value


def _field(model, path):
    """The model field at the end of a path such as loan__settled_on."""
    *steps, name = path.split("__")
    for step in steps:
        model = model._meta.get_field(step).related_model
    return model._meta.pk if name == "pk" else model._meta.get_field(name)
