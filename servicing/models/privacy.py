"""Which keys this database was written with, without the keys."""

from django.db import models


class KeyMark(models.Model):
    """A keyed digest of nothing: a machine with another key of the same name is told so at once.

    Where the name is that of an index, the mark is the id up to which older rows have it; empty: all have it.
    """

    key = models.CharField(max_length=64, primary_key=True)
    mark = models.BinaryField(max_length=32)

    def __str__(self):
        return self.key
