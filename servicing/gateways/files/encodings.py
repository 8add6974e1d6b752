"""In which encoding a file is written, where that is certain; otherwise it is refused, never guessed."""

import codecs
import hashlib
import re

from servicing.gateways.files.refusal import Refused
from servicing.gateways.files.streams import BLOCK, opened

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
WIDE_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
# Chinese in UTF-8 is three bytes a sign; in a text of GB 18030 such runs are rare accidents.
THREE = re.compile(rb"[\xe3-\xe9][\x80-\xbf][\x80-\xbf]")
HIGH = re.compile(rb"[\x80-\xff]")
BEYOND = re.compile("[^\x00-\x7f]")
FAR = re.compile("[\u0800-\U0010ffff]")
# Signs that no sender writes: controls, private use, what a lossy program puts in place of a sign.
ODD = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")
ACCIDENTS = 0.1


def survey(sealed, *, file, packed):
    """(encoding, sha256 of the unpacked bytes, their number); raises Refused where it is not certain.

    UTF-8 is what the layout asks for and is taken where the bytes can be nothing else but it, or where they
    hold Chinese in it. GB 18030 is taken only where UTF-8 is out of the question.
    """
    total, count, first, lines = hashlib.sha256(), 0, b"", 0
    with opened(sealed, file=file, packed=packed) as stream:
        for block in iter(lambda: stream.read(BLOCK), b""):
            first = first or block[:4]
            is_utf16 = first.startswith(MARKS[1][0]) or first.startswith(MARKS[2][0])
            if not is_utf16 and b"\0" in block:
                line = lines + block[: block.index(b"\0")].count(b"\n") + 1
                raise Refused("nul_byte", file=file, line=line)
            total.update(block)
            count += len(block)
            lines += block.count(b"\n")
    if first.startswith(WIDE_MARKS):
        raise Refused("not_utf8", file=file)
    marked = next((encoding for mark, encoding in MARKS if first.startswith(mark)), None)
    encoding = marked or unmarked(sealed, file=file, packed=packed)
    if marked:
        strictly(sealed, marked, file=file, packed=packed)
    return encoding, total.hexdigest(), count


def unmarked(sealed, *, file, packed):
    """The encoding of a file without a byte order mark."""
    try:
        line, is_far = strictly(sealed, "utf-8", file=file, packed=packed)
    except Refused as refused:
        if is_gb(sealed, file=file, packed=packed):
            return "gb18030"
        raise refused from None
    if line and not is_far and can_be_gb(sealed, file=file, packed=packed):
        raise Refused("two_encodings", file=file, line=line)
    return "utf-8"


def strictly(sealed, encoding, *, file, packed):
    """(the first line with anything but ASCII, else 0; whether signs beyond Latin, Greek and their like);
    raises Refused with the line of the first byte that the encoding does not have.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    first, is_far, lines = 0, False, 1
    with opened(sealed, file=file, packed=packed) as stream:
        while True:
            block = stream.read(BLOCK)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                line = lines + (block[: max(error.start, 0)].count(b"\n") if block else 0)
                reason = "cut_character" if not block else "not_utf8"
                raise Refused(reason, file=file, line=line) from error
            if not block:
                return first, is_far
            if "\0" in text:
                raise Refused("nul_byte", file=file, line=lines + text[: text.index("\0")].count("\n"))
            if not first and not text.isascii():
                first = lines + BEYOND.split(text, maxsplit=1)[0].count("\n")
            lines += text.count("\n")
            is_far = is_far or (not text.isascii() and FAR.search(text) is not None)


def can_be_gb(sealed, *, file, packed):
    try:
        strictly(sealed, "gb18030", file=file, packed=packed)
    except Refused:
        return False
    return True


def is_gb(sealed, *, file, packed):
    """Whether a file that is no UTF-8 is GB 18030 beyond doubt, and not damaged UTF-8 that looks like it."""
    decoder, signs, high, runs, tail = codecs.getincrementaldecoder("gb18030")("strict"), 0, 0, 0, b""
    with opened(sealed, file=file, packed=packed) as stream:
        while True:
            block = stream.read(BLOCK)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError:
                return False
            if ODD.search(text):
                return False
            signs += len(text) - len(text.encode("ascii", "ignore"))
            high += len(HIGH.findall(block))
            runs += len(THREE.findall(tail + block))
            tail = block[-2:]
            if not block:
                return signs > 1 and runs * 3 < high * ACCIDENTS
