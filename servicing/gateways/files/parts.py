"""Parts of a workbook, read in bounds: whatever they hold, little of it is in memory at a time.

A spreadsheet keeps its rows and its texts one by one, and so may they come; all the rest is small.
"""

import io
import time
import zipfile
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from openpyxl.reader.excel import ExcelReader
from openpyxl.xml.constants import SHEET_MAIN_NS

from servicing.gateways.files.refusal import Refused
from servicing.gateways.files.spool import FRAME

ENTRIES, LARGEST, DENSEST, FIRST_LOOK = 500, 512 << 20, 100, 1 << 20
# A part that is neither sheet nor texts, or what in these is no row and no text; one row or text.
PART, ONE = 4 << 20, 1 << 18
ROWS = 200_000
# By its element: why too many of them are refused, how many those are, and how large all together. The
# texts of the whole book are held in memory while it is read.
MANY = {"row": ("too_many_rows", ROWS, LARGEST), "si": ("too_large", 1_000_000, 64 << 20)}
# Seconds of our processor that one workbook may take.
SECONDS = 300
# Formats of days and times that a Chinese spreadsheet names by number only (ECMA-376, 18.8.30).
CHINESE_DAYS = {*range(27, 37), *range(50, 59)}
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Pieces(io.BufferedReader):
    """A file of which nobody reads much at once, such as a directory of a million entries."""

    def read(self, size=-1, /):
        if size is not None and size > PART:
            raise Refused("too_large")
        return super().read(PART if size is None or size < 0 else size)


class Reader(ExcelReader):
    """openpyxl's reader of a sealed workbook whose parts are bounded; raises Refused."""

    def __init__(self, sealed, source):
        super().__init__(source, read_only=True, data_only=False, keep_links=False)
        self.archive = Parts(source, tell=sealed.passed)
        self.archive.guard()

    def read(self):
        super().read()
        styles = enumerate(self.wb._cell_styles)
        self.wb._date_formats |= {number for number, style in styles if style.numFmtId in CHINESE_DAYS}

    def read_strings(self):
        self.archive.kind = "si"
        super().read_strings()
        self.archive.kind = "row"


class Parts(zipfile.ZipFile):
    """The archive; `kind` is the element that comes many times in what is opened next."""

    def __init__(self, source, *, tell):
        super().__init__(source)
        self.kind, self.tell, self.until = "row", tell, time.thread_time() + SECONDS

    def guard(self):
        """Refuse an archive that is far too large, full of macros or locked."""
        entries = self.infolist()
        if len(entries) > ENTRIES or sum(entry.file_size for entry in entries) > LARGEST:
            raise Refused("too_large")
        for entry in entries:
            if entry.flag_bits & 1 or entry.compress_type not in METHODS:
                raise Refused("bad_workbook")
            if entry.filename.lower().endswith(("vbaproject.bin", ".bas")) or "macrosheets" in entry.filename:
                raise Refused("macros")
            if entry.file_size > FIRST_LOOK and entry.file_size > DENSEST * max(entry.compress_size, 1):
                raise Refused("too_dense")

    def read(self, name, pwd=None):
        self.tick()
        if self.getinfo(name).file_size > PART:
            raise Refused("too_large")
        with super().open(name) as source:
            return source.read()

    def open(self, name, *args, **more):
        return Watched(self, super().open(name, *args, **more))

    def tick(self):
        """Keep the lease of whoever reads; raises Refused where it takes too long."""
        self.tell(0)
        if time.thread_time() > self.until:
            raise Refused("too_slow")


class Watched(io.RawIOBase):
    """XML of a sheet or of the texts: each row or text small, not too many, and little around them.

    A reader lets go of each at its end, and of nothing else, so what stands around them counts together.
    """

    def __init__(self, parts, source):
        self.parts, self.source, self.kind = parts, source, f"{SHEET_MAIN_NS}}}{parts.kind}"
        self.reason, self.most, self.largest = MANY[parts.kind]
        self.fed = self.mark = self.depth = self.count = self.inside = self.around = 0
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.StartElementHandler, self.parser.EndElementHandler = self.start, self.end

    def readable(self):
        return True

    def read(self, size=-1, /):
        self.parts.tick()
        data = self.source.read(FRAME if size is None or size < 0 else min(size, FRAME))
        self.fed += len(data)
        try:
            self.parser.Parse(data, not data)
        except expat.ExpatError as error:
            raise ParseError from error
        since = self.fed - self.mark
        if since > ONE if self.depth else self.around + since > PART:
            raise Refused("too_large")
        return data

    def start(self, name, _attributes):
        if name == self.kind:
            if not self.depth:
                self.around += self.passed()
            self.depth += 1

    def end(self, name):
        if name == self.kind:
            self.depth -= 1
            if not self.depth:
                self.inside, self.count = self.inside + self.passed(), self.count + 1
            if self.count > self.most or self.inside > self.largest:
                raise Refused(self.reason)

    def passed(self):
        """Bytes since this was asked before."""
        before, self.mark = self.mark, self.parser.CurrentByteIndex
        return self.mark - before

    def close(self):
        self.source.close()
        super().close()
