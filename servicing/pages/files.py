"""Lists as files that a spreadsheet opens without running anything."""

import csv
import hashlib
import io

from django.http import HttpResponse

# What a spreadsheet would take for a formula, also in full width.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def harmless(cell):
    """Text that a spreadsheet takes for text; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def csv_file(rows):
    """(response, sha256 of its content): rows as CSV that a spreadsheet opens without running anything."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    # The mark tells spreadsheets that Chinese text is UTF-8.
    content = out.getvalue().encode("utf-8-sig")
    return HttpResponse(content, content_type="text/csv; charset=utf-8"), hashlib.sha256(content).hexdigest()
