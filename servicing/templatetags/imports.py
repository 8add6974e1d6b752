"""How an import looks before it is applied: what it would change, and how its files were read."""

from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from servicing.actions.intake import BY_CODE, LAYOUTS, face_of
from servicing.models import FeedMessage, Reason, Settlement, Spelling
from servicing.templatetags.faces import number
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
        target = TARGETS.get(f"servicing.{kind}", TARGETS.get(kind, kind))
        return f"{target} {number}{_(': ')}{words.get(what, what)}"
    return (
        _("a case about one of its borrowers") if what == "case" else _("rows of %(table)s") % {"table": what}
    )


def stays_for_good(batch):
    """Whether what was built on an import never goes; a later import does, by its own undo."""
    found = batch.preview.get("built_on", ()) if batch.refusal == Reason.BUILT_ON else ()
    return any(kind != "importbatch" and what != "loan.opened" for kind, _number, what in found)


# As the empty files for Chinese readers call the columns.
CHINESE = {
    (file.name, column): name
    for layout in LAYOUTS
    for file in layout.files
    for name, column in file.aliases.items()
}


def column_words(file, column):
    """(what the reader calls a column, what the layout calls it where that is another name)."""
    said = CHINESE.get((file, column)) if get_language().startswith("zh") else None
    return (said, column) if said else (column, "")


# Headings of what an import tells, as ImportBatch.tells.
CHANGES = {
    "would": gettext_lazy("What would change"),
    "changed": gettext_lazy("What changed"),
    "undone": gettext_lazy("What had changed, and was taken back"),
    "never": gettext_lazy("What would have changed: nothing was applied"),
}
SAMPLES = {
    "would": gettext_lazy("Some of the new loans"),
    "changed": gettext_lazy("Some of the new loans"),
    "undone": gettext_lazy("Some of the loans that were taken back"),
    "never": gettext_lazy("Some of the loans that would have come"),
}
PRODUCTS = {
    "would": gettext_lazy(
        "Not known yet: each becomes a product named by its code. Withdraw the import if it is a slip of "
        "the pen."
    ),
    "changed": gettext_lazy("Each became a product named by its code."),
    "undone": gettext_lazy("Each became a product named by its code, and stays one."),
    "never": gettext_lazy("Not known then; none of them was made."),
}


def warnings(batch):
    """What in a preview nobody should overlook before it is applied."""
    if batch.tells != "would":
        return []
    cut = [entry["file"] for entry in batch.files if entry.get("ends_whole") is False and not sworn(entry)]
    said = [
        _(
            "%(file)s: the last line has no line end, so the file may be cut off and rows behind its end "
            "missing. Compare its end with the sender's before it is applied."
        )
        % {"file": name}
        for name in cut
    ]
    if count := batch.preview.get("unpaid"):
        words = ngettext(
            "%(count)s new loan has no payment at all although an instalment was due. Make sure that the "
            "file of payments is whole: without them the loan comes in as unpaid.",
            "%(count)s new loans have no payment at all although an instalment was due. Make sure that the "
            "file of payments is whole: without them the loans come in as unpaid.",
            count,
        )
        said.append(words % {"count": number(count)})
    return said


def sworn(entry):
    """Whether a manifest says that the file is the one that was sent."""
    return entry.get("promised") is not None


def products(found):
    """New products, each with its number of loans; previews of before know only the codes."""
    return [(code, found[code] if isinstance(found, dict) else None) for code in found]


def place(batch):
    """Where a refused delivery went wrong: file and sheet as sent, row and column; or nothing."""
    reason, _blank, where = batch.refusal.partition(" ")
    name, *spot = where.split(":")
    layout = BY_CODE.get(batch.layout)
    if batch.status != batch.Status.REFUSED or layout is None or name not in columns_of(layout):
        return {}
    if reason == Reason.MISSING_FILE:
        asked = [file.name for file in layout.files if file.required]
        return {"words": _("The layout asks for these files:"), "names": asked}
    words = [name]
    if name not in batch.name:
        sheet = {"name": batch.name, "sheet": name.removesuffix(".csv")}
        words = [_("%(name)s, sheet %(sheet)s") % sheet]
    words += [
        text % {"at": at} for text, at in zip((_("row %(at)s"), _("column %(at)s")), spot, strict=False)
    ]
    said = _("%(place)s. The layout allows these columns:") % {"place": ", ".join(words)}
    return {"words": said, "names": columns_of(layout)[name]}


def columns_of(layout):
    """{file: its columns}."""
    return {file.name: file.columns for file in layout.files}


def separators():
    return {"tab": _("tabs"), "semicolon": _("semicolons")}


def faces_of(batch, *, rows=()):
    """The preview as words: how each file was read, reasons with their counts, sample rows; `rows` are those
    of what others say.
    """
    kinds, preview = dict(Settlement.Kind.choices), batch.preview
    face = face_of(batch)
    said = dict(face.kinds)
    is_built_on = batch.refusal == "built_on"
    return preview | {
        "face": face,
        "place": place(batch),
        "heading": CHANGES[batch.tells],
        "samples_heading": SAMPLES[batch.tells],
        "warnings": warnings(batch),
        "new_products": products(preview.get("new_products", ())),
        "products_words": PRODUCTS[batch.tells],
        "stays_for_good": stays_for_good(batch),
        "files": batch.files if batch.is_looked_at else [],
        "empty": fields(preview.get("empty", {})),
        "others": fields(preview.get("others", {})),
        "told": [row | {"field": FIELDS[row["field"]]} for row in preview.get("told", ())],
        "built_on": [built(*row) for row in preview.get("built_on", ())] if is_built_on else [],
        "is_promised": all(map(sworn, batch.files)),
        "differs": [(KEYS.get(name, name), change) for name, change in preview.get("differs", {}).items()],
        "readings": [line for entry in batch.files if batch.is_looked_at for line in readings(entry)],
        "reasons": [(Reason(code).label, count) for code, count in preview.get("reasons", {}).items()],
        "kinds": [(said[code], count) for code, count in preview.get("kinds", {}).items()],
        "said": [row | {"kind": said[row["kind"]]} for row in rows],
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
