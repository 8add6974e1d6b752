"""How an import looks before it is applied: what it would change, and how its files were read."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from servicing.domain.intake import BY_CODE
from servicing.models import FeedMessage, Observation, Reason, Settlement, Spelling
from servicing.templatetags.ledger import ACTS, KEYS, TARGETS

# Codes of encodings and separators as people call them; ours needs no word.
ENCODINGS = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB 18030"}


FIELDS = {
    "name": pgettext_lazy("person", "name"),
    "national_id": gettext_lazy("identity number"),
    "phone": gettext_lazy("phone"),
}


def fields(counts):
    """{field: in how many} on one line."""
    return ", ".join(f"{FIELDS[name]} {count:,}" for name, count in counts.items())


def built(kind, number, what):
    """One thing that was built on an import: an entry of the trail, or a row elsewhere."""
    if kind:
        words = dict(FeedMessage.Kind.choices) if kind == "feedmessage" else ACTS
        return f"{TARGETS.get(f'servicing.{kind}', kind)} {number}{_(': ')}{words.get(what, what)}"
    return (
        _("a case about one of its borrowers") if what == "case" else _("rows of %(table)s") % {"table": what}
    )


def place(batch):
    """Where a refused delivery went wrong: file and sheet as sent, row and column; or nothing."""
    _reason, _blank, where = batch.refusal.partition(" ")
    name, *spot = where.split(":")
    layout = BY_CODE.get(batch.layout)
    if batch.status != batch.Status.REFUSED or layout is None or name not in columns_of(layout):
        return {}
    words = [name]
    if name not in batch.name:
        sheet = {"name": batch.name, "sheet": name.removesuffix(".csv")}
        words = [_("%(name)s, sheet %(sheet)s") % sheet]
    words += [
        text % {"at": at} for text, at in zip((_("row %(at)s"), _("column %(at)s")), spot, strict=False)
    ]
    return {"words": ", ".join(words), "columns": columns_of(layout)[name]}


def columns_of(layout):
    """{file: its columns}."""
    return {file.name: file.columns for file in layout.files}


def separators():
    return {"tab": _("tabs"), "semicolon": _("semicolons")}


def faces_of(batch):
    """The preview as words: how each file was read, reasons with their counts, sample rows."""
    kinds, preview = dict(Settlement.Kind.choices), batch.preview
    said = dict(Observation.Kind.choices)
    is_built_on = batch.refusal == "built_on"
    return preview | {
        "place": place(batch),
        "files": batch.files if batch.is_looked_at else [],
        "empty": fields(preview.get("empty", {})),
        "others": fields(preview.get("others", {})),
        "told": [row | {"field": FIELDS[row["field"]]} for row in preview.get("told", ())],
        "built_on": [built(*row) for row in preview.get("built_on", ())] if is_built_on else [],
        "is_promised": all(entry.get("promised") is not None for entry in batch.files),
        "differs": [(KEYS.get(name, name), change) for name, change in preview.get("differs", {}).items()],
        "readings": [line for entry in batch.files if batch.is_looked_at for line in readings(entry)],
        "reasons": [(Reason(code).label, count) for code, count in preview.get("reasons", {}).items()],
        "kinds": [(said[code], count) for code, count in preview.get("kinds", {}).items()],
        "said": [row | {"kind": said[row["kind"]]} for row in preview.get("said", ())],
        "samples": [
            row | {"kind": kinds.get(row["kind"], _("still open"))} for row in preview.get("samples", ())
        ],
    }


def readings(entry):
    """(file, words) of whatever in a file was not written as the layout asks."""
    name, how = entry["file"], []
    if entry["sent"].endswith(".xlsx"):
        how.append(_("read from the spreadsheet %(name)s") % {"name": entry["sent"]})
    if entry["encoding"] not in ("utf-8", "utf-8-sig"):
        how.append(_("read as %(encoding)s") % {"encoding": ENCODINGS[entry["encoding"]]})
    if separator := separators().get(entry["separator"]):
        how.append(_("separated by %(separator)s") % {"separator": separator})
    how += [f"{count:,} {Spelling(code).label}" for code, count in sorted(entry.get("spelt", {}).items())]
    if not entry["ends_whole"]:
        how.append(_("the last line has no line end: make sure that the file was not cut off"))
    return [(name, words) for words in how]
