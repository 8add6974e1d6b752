"""Chinese first: every string on screen has its translation, and none is a guess."""

import re
import shutil
import subprocess
from pathlib import Path

import polib
import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
PO = ROOT / "config" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
HOLE = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@pytest.fixture(scope="module")
def catalogue():
    return polib.pofile(str(PO))


def test_nothing_is_untranslated_fuzzy_or_obsolete(catalogue):
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []
    assert [entry.msgid for entry in catalogue.obsolete_entries()] == []


def test_every_translation_fills_the_same_holes(catalogue):
    for entry in catalogue:
        meant = set(HOLE.findall(entry.msgid + entry.msgid_plural))
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            if text:
                assert set(HOLE.findall(text)) <= meant, entry.msgid
                assert set(HOLE.findall(entry.msgid)) <= set(HOLE.findall(text)), entry.msgid


# A call of gettext with a literal, in Python; the template tags in templates.
PYTHON = re.compile(r"""\b(?:_|gettext|gettext_lazy|gettext_noop|pgettext)\(\s*((?:f?"(?:[^"\\]|\\.)*"\s*)+)""")
TRANSLATE = re.compile(r"""{%\s*(?:trans|translate)\s+(?:"([^"]*)"|'([^']*)')""")
BLOCK = re.compile(r"{%\s*blocktranslate([^%]*)%}(.*?){%\s*endblocktranslate\s*%}", re.DOTALL)


def used():
    """Every msgid that the source asks for, found without gettext's own tools."""
    for path in [*ROOT.glob("templates/**/*.html")]:
        text = path.read_text()
        for double, single in TRANSLATE.findall(text):
            yield path, double or single
        for options, body in BLOCK.findall(text):
            one = re.split(r"{%\s*plural\s*%}", body)[0]
            one = re.sub(r"{{\s*(\w+)\s*}}", r"%(\1)s", one.replace("%", "%%"))
            yield path, " ".join(one.split()) if "trimmed" in options else one
    for app in ("config", "servicing", "reviews", "feedback"):
        for path in (ROOT / app).rglob("*.py"):
            for literal in PYTHON.findall(path.read_text()):
                yield path, "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literal)).replace('\\"', '"')


def test_every_string_that_is_asked_for_is_in_the_catalogue(catalogue):
    known = {entry.msgid for entry in catalogue}
    django_own = polib.mofile(str(_django_catalogue()))
    known |= {entry.msgid for entry in django_own}
    missing = [f"{path.relative_to(ROOT)}: {msgid}" for path, msgid in used() if msgid not in known]
    assert missing == []


def _django_catalogue():
    import django

    return Path(django.__file__).parent / "conf" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.mo"


@pytest.mark.skipif(not shutil.which("msgfmt"), reason="gettext's own check needs msgfmt")
def test_gettext_itself_accepts_the_catalogue(tmp_path):
    subprocess.run(["msgfmt", "--check-format", "-o", tmp_path / "out.mo", PO], check=True)
