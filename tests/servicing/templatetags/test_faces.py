"""How values look, in both languages."""

import pytest
from django.utils import translation

from servicing.templatetags import faces


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_number_reads_alike_in_both_languages(language):
    with translation.override(language):
        assert [faces.number(value) for value in (None, 0, 1054, 43059)] == ["—", "0", "1,054", "43,059"]
