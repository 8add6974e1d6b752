"""Why a file is not taken at all."""

from django.utils.translation import gettext

from servicing.models import Reason


class Refused(Exception):
    """A file that is not taken at all: a code of Reason, and where."""

    def __init__(self, reason, *, file="", line=None, column=""):
        super().__init__(reason, file, line, column)
        self.reason, self.file, self.line, self.column = reason, file, line, column

    @property
    def where(self):
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)

    def __str__(self):
        return gettext(": ").join([self.where, str(Reason(self.reason).label)])
