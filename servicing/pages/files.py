"""Lists as files that a spreadsheet opens without running anything."""

import csv
import hashlib
import io
import unicodedata

from django.http import HttpResponse

# What a spreadsheet would take for a formula, also in full width.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def harmless(cell):
    """Text that a spreadsheet takes for text, without control characters; numbers stay numbers."""
    if not isinstance(cell, str):
        return cell
    text = "".join(" " if unicodedata.category(sign) in ("Cc", "Cf") else sign for sign in cell)
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def csv_file(rows):
    """(response, sha256 of its content): rows as CSV that a spreadsheet opens without running anything."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    # The mark tells spreadsheets that Chinese text is UTF-8.
    content = out.getvalue().encode("utf-8-sig")
    return HttpResponse(content, content_type="text/csv; charset=utf-8"), hashlib.sha256(content).hexdigest()
