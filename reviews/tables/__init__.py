"""Lists of reviews."""

from reviews.tables.cases import AlertTable, CaseTable
from reviews.tables.recheck import CoverageTable, RunTable, ShardTable

__all__ = ["AlertTable", "CaseTable", "CoverageTable", "RunTable", "ShardTable"]
