"""Chinese first: every string on screen has its translation, and none is a guess."""

import ast
import re
import shutil
import subprocess
from html.parser import HTMLParser

import polib
import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.utils.translation import gettext
from django.utils.translation.reloader import translation_file_changed
from django.utils.translation.template import templatize

from config.catalogues import compile_all

ROOT = settings.BASE_DIR
PO = ROOT / "config" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
HOLE = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@pytest.fixture(scope="module")
def catalogue():
    return polib.pofile(str(PO))


def test_nothing_is_untranslated_fuzzy_or_obsolete(catalogue):
    assert [e.msgid for e in catalogue if not all(texts(e))] == []
    assert [e.msgid for e in catalogue.fuzzy_entries()] == []
    assert [e.msgid for e in catalogue.obsolete_entries()] == []


def test_every_translation_fills_the_same_holes(catalogue):
    for entry in catalogue:
        asked, may = (set(HOLE.findall(text)) for text in (entry.msgid, entry.msgid + entry.msgid_plural))
        for text in texts(entry):
            assert asked <= set(HOLE.findall(text)) <= may, entry.msgid


def test_words_that_were_compiled_just_now_are_spoken_at_once(tmp_path, settings):
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    settings.LOCALE_PATHS = [tmp_path]
    assert gettext("a word of this test") == "a word of this test"
    book = polib.POFile(wrapwidth=0)
    book.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    book.append(polib.POEntry(msgid="a word of this test", msgstr="测试用语"))
    book.save(str(folder / "django.po"))
    compile_all()
    assert gettext("a word of this test") == "测试用语"
    translation_file_changed(None, folder / "django.mo")  # for those who come after


# Beside a Chinese character, a mark is Chinese too.
HALF_WIDTH = re.compile(r"[一-鿿][,;:!?()]|[,;:!?()][一-鿿]|[一-鿿]\.(?:\s|\.|$)")


def test_chinese_is_punctuated_in_chinese(catalogue):
    assert [text for entry in catalogue for text in texts(entry) if HALF_WIDTH.search(text)] == []


def texts(entry):
    return [*entry.msgstr_plural.values()] if entry.msgid_plural else [entry.msgstr]


# Where (context), one and many stand among the arguments of each way to ask.
CALLS = {
    "gettext": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "npgettext": (0, 1, 2),
}
CALL = re.compile(r"\b(_|n?p?gettext)\((?=u?['\"])")


def asked_by_python(source):
    """(context, one, many) of every call of gettext; a text that is not a plain literal is a ValueError."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        name = "gettext" if name == "_" else name.removesuffix("_lazy").removesuffix("_noop")
        if places := CALLS.get(name):
            yield tuple("" if n is None else ast.literal_eval(node.args[n]) for n in places)


def asked_by_template(source):
    """The same of a template, whose tags Django turns into calls."""
    calls = templatize(source)
    for found in CALL.finditer(calls):
        yield from asked_by_python(calls[found.start() : end_of_call(calls, found.end())])


def end_of_call(text, start):
    """Where the bracket that opened before `start` closes, brackets in quotes apart."""
    for part in re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\)""").finditer(text, start):
        if part[0] == ")":
            return part.end()
    return len(text)


def asked():
    """Each text with one of the files that ask for it."""
    places = {}
    for path in ROOT.glob("templates/**/*.html"):
        places |= dict.fromkeys(asked_by_template(path.read_text()), path)
    for app in ("config", "servicing", "reviews", "feedback"):
        for path in (ROOT / app).rglob("*.py"):
            places |= dict.fromkeys(asked_by_python(path.read_text()), path)
    # A text that is asked for with and without a plural is one entry.
    plural = {(context, one) for context, one, many in places if many}
    return {text: path for text, path in places.items() if text[2] or text[:2] not in plural}


def test_the_catalogue_holds_exactly_what_is_asked_for(catalogue):
    held, wanted = {(e.msgctxt or "", e.msgid, e.msgid_plural) for e in catalogue}, asked()
    missing = [f"{wanted[text].relative_to(ROOT)}: {text[1]}" for text in sorted(wanted.keys() - held)]
    assert missing == []
    assert sorted(held - wanted.keys()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("""_('single')""", ("", "single", "")),
        ("""gettext_lazy(\n  "in two "\n  'parts'\n)""", ("", "in two parts", "")),
        ("""translation.gettext("by \\"name\\"")""", ("", 'by "name"', "")),
        ("""ngettext("%(n)s day", "%(n)s days", n)""", ("", "%(n)s day", "%(n)s days")),
        ("""pgettext_lazy("loan", "open")""", ("loan", "open", "")),
    ],
)
def test_python_is_searched(source, found):
    assert list(asked_by_python(source)) == [found]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("""{% translate 'single' as title %}""", ("", "single", "")),
        ("""{% translate "open" context "loan" %}""", ("loan", "open", "")),
        ("""{% trans "it's (so)" %}""", ("", "it's (so)", "")),
        ("""{{ owner|default:_("nobody") }}""", ("", "nobody", "")),
        ("""{% include "a.html" with title=_("title") %}""", ("", "title", "")),
        (
            """{% blocktranslate trimmed with a=b|day %}\n one\n {{ a }}: 5%\n{% endblocktranslate %}""",
            ("", "one %(a)s: 5%%", ""),
        ),
        (
            """{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}""",
            ("", "%(n)s day", "%(n)s days"),
        ),
    ],
)
def test_templates_are_searched(source, found):
    assert list(asked_by_template("{% load i18n %}" + source)) == [found]


@pytest.mark.parametrize("source", ['_(f"{n} days")', "_(name)", '_("a" + name)'])
def test_a_text_that_nobody_can_translate_is_refused(source):
    with pytest.raises(ValueError, match="malformed"):
        list(asked_by_python(source))


@pytest.mark.skipif(not shutil.which("msgfmt"), reason="gettext's own check needs msgfmt")
def test_gettext_itself_accepts_the_catalogue(tmp_path):
    subprocess.run(["msgfmt", "--check-format", "-o", tmp_path / "out.mo", PO], check=True)


class Bare(HTMLParser):
    """Collects (line, text) of what a reader sees or hears; keys, code and what says its language apart."""

    ATTRIBUTES = frozenset({"alt", "aria-label", "content", "placeholder", "title"})
    SILENT = frozenset({"kbd", "script", "style"})
    LETTERS = re.compile(r"[^\W\d_]+")
    # Marks of a case and of a version, alike in both languages; a class that one template hands to another.
    ALLOWED = frozenset({"C", "v", "wide"})

    def __init__(self):
        super().__init__()
        self.silent, self.found = "", []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if not self.silent and (tag in self.SILENT or ("lang" in attrs and tag != "html")):
            self.silent = tag
        if tag != "meta" and not self.silent:
            for name in self.ATTRIBUTES & attrs.keys():
                self.handle_data(attrs[name] or "")

    def handle_endtag(self, tag):
        if tag == self.silent:
            self.silent = ""

    def handle_data(self, data):
        if not self.silent and set(self.LETTERS.findall(data)) - self.ALLOWED:
            line = self.getpos()[0] + data[: len(data) - len(data.lstrip())].count("\n")
            self.found.append((line, data.strip()))


def bare_words(source):
    """What stands in a template as itself instead of passing through gettext."""
    html, until = "", ""
    for token in Lexer(source).tokenize():
        name = token.contents.split(maxsplit=1)[0] if token.contents.strip() else ""
        is_tag = token.token_type == TokenType.BLOCK
        if is_tag and not until and name in ("blocktranslate", "blocktrans", "comment"):
            until = f"end{name}"
        elif is_tag and name == until:
            until = ""
        is_text = token.token_type == TokenType.TEXT and not until
        html += token.contents if is_text else "\n" * token.contents.count("\n")
    parser = Bare()
    parser.feed(html)
    parser.close()
    return parser.found


# 500.html and 503.html are rendered when nothing works, so they speak both languages at once.
@pytest.mark.parametrize(
    "path",
    [path for path in sorted(ROOT.glob("templates/**/*.html")) if path.name not in ("500.html", "503.html")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_word_in_a_template_goes_past_gettext(path):
    assert bare_words(path.read_text()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>\n  Bare {{ x }}</p>", [(2, "Bare")]),
        ("<p title='结清'></p>", [(1, "结清")]),
        ("{% comment %}Aside{% endcomment %}{# aside #}<kbd>Ctrl</kbd><b lang='en'>EN</b>", []),
        ("{% blocktranslate %}Fine{% endblocktranslate %} {% translate 'Fine' %} C{{ pk }}, 5 %", []),
        ("<{% if a %}a href='{{ x }}'{% else %}section{% endif %} class='card'></a>", []),
        ("<script>let x</script><style>p {}</style>", []),
    ],
)
def test_bare_words_are_found(source, found):
    assert bare_words(source) == found
