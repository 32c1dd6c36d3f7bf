#!/usr/bin/env -S uv run --script
# /// script
# requires-python = "==3.11.*"
# dependencies = ["ftfy==6.3.1", "regex==2026.11.15", "tokenizers==0.23.3", "unicodedata2==17.0.1"]
# ///
"""Writes encoders/tokenize/tables.go: what the reference tokenizers know of Unicode, asked of them one code point at
a time, and the character classes of ftfy.

    uv run --script tokenize_tables.py ../../encoders/tokenize/tables.go

Four libraries with four Unicode versions take part: the regex module (18), Python 3.11 (14), and in Hugging Face's
tokenizers Oniguruma's classes, Rust's lower case and a normaliser of Unicode 9. The tables hold each one's view, so
that ids depend neither on the Go version nor on x/text's.
"""
import re
import sys
import unicodedata
from re import _constants as sre
from re import _parser

import regex
import unicodedata2
from ftfy.badness import BADNESS_RE
from ftfy.chardata import CHARMAP_ENCODINGS, UTF8_CLUES
from tokenizers import Regex, normalizers, pre_tokenizers

POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
LOWER, NFC = normalizers.Lowercase(), normalizers.NFC()


def ranges(points):
    out = []
    for c in sorted(points):
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def openai_classes():
    """Returns the class of each code point in openai/CLIP's pattern."""
    pattern = regex.compile(r"[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+", regex.IGNORECASE)
    out = {"letter": set(), "digit": set(), "other": set(), "skip": set()}
    for c in POINTS:
        x = chr(c)
        if pattern.findall(f"a{x}a") == [f"a{x}a"]:
            out["letter"].add(c)
        elif pattern.findall(f"!{x}!") == [f"!{x}!"]:
            out["other"].add(c)
        elif pattern.findall(x + x) == [x, x]:
            out["digit"].add(c)
        else:
            assert pattern.findall(f"a{x}!") == ["a", "!"], hex(c)
            out["skip"].add(c)
    return out


def onig(pattern):
    """Returns the code points that Oniguruma's pattern matches."""
    rest = set(POINTS)
    for piece, _ in pre_tokenizers.Split(Regex(pattern), behavior="removed").pre_tokenize_str("".join(map(chr, POINTS))):
        rest -= set(map(ord, piece))
    return rest


def inert():
    """Returns code points that take part in Unicode 17's NFC but not in that of the tokenizers library."""
    out = set()
    for c in POINTS:
        x = chr(c)
        if unicodedata2.combining(x):
            probes = [f"q{x}\u0334", f"q\u0334{x}", f"q{x}\u0345", f"q\u0345{x}", f"q{x}\u0301", f"q\u0301{x}"]
            if any(NFC.normalize_str(p) != unicodedata2.normalize("NFC", p) for p in probes):
                out.add(c)
        apart = unicodedata2.normalize("NFD", x)
        if apart != x and any(NFC.normalize_str(p) != unicodedata2.normalize("NFC", p) for p in (x, apart)):
            out |= {c} | {ord(a) for a in apart if unicodedata.category(a) == "Cn"}
    return out


def lowers():
    """Returns simple lower case as runs of (first, last, step, delta)."""
    delta = {}
    for c in POINTS:
        low = LOWER.normalize_str(chr(c))
        if len(low) > 1:
            assert (c, low) == (0x130, "i\u0307")
        elif low != chr(c):
            delta[c] = ord(low) - c
    runs, rest = [], sorted(delta)
    while rest:
        first, best = rest[0], [rest[0]]
        for step in (1, 2):
            run = [first]
            while delta.get(run[-1] + step) == delta[first] and not (step == 2 and run[-1] + 1 in delta):
                run.append(run[-1] + step)
            if len(run) > len(best):
                best = run
        runs.append((best[0], best[-1], best[1] - best[0] if len(best) > 1 else 1, delta[first]))
        rest = [c for c in rest if c not in set(best)]
    return delta, runs


OPEN = ["not ASCII letter", "not newline", "space", "word"]  # sets that are not listed; Go computes them


def members(items):
    """Returns the code points of a class, or the name of an unlisted set."""
    if items[0][0] is sre.NEGATE:
        assert items[1:] == [(sre.RANGE, (65, 90)), (sre.RANGE, (97, 122))], items
        return "not ASCII letter"
    out = set()
    for op, value in items:
        if op is sre.LITERAL:
            out.add(value)
        elif op is sre.RANGE:
            out |= set(range(value[0], value[1] + 1))
        else:
            assert op is sre.CATEGORY and len(items) == 1, items
            return {sre.CATEGORY_SPACE: "space", sre.CATEGORY_WORD: "word"}[value]
    return frozenset(out)


def sequences(tree):
    """Returns all sequences of sets that match a parsed pattern without repetition; a leading None is the start of the text."""
    out = [[]]
    for op, value in tree:
        if op is sre.LITERAL:
            more = [[frozenset([value])]]
        elif op is sre.ANY:
            more = [["not newline"]]
        elif op is sre.AT:
            assert value is sre.AT_BEGINNING
            more = [[None]]
        elif op is sre.IN:
            more = [[members(value)]]
        elif op is sre.BRANCH:
            more = [s for branch in value[1] for s in sequences(branch)]
        elif op is sre.SUBPATTERN:
            more = sequences(value[3])
        else:
            assert op is sre.MAX_REPEAT and value[:2] == (0, 1), op
            more = [[]] + sequences(value[2])
        out = [a + b for a in out for b in more]
    return out


def clue(name):
    return members(_parser.parse(f"[{UTF8_CLUES[name]}]")[0][1])


def main(path):
    classes = openai_classes()
    assert classes["skip"] - {c for c in POINTS if regex.match(r"\s", chr(c))} == {0x345}
    letters, numbers = onig(r"[\p{L}]"), onig(r"[\p{N}]")
    assert letters <= classes["letter"] and numbers <= classes["digit"]
    assert onig(r"\s") == classes["skip"] - {0x345}
    alnum = classes["letter"] | classes["digit"]
    known = alnum | {c for c in POINTS if unicodedata2.category(chr(c)) != "Cn"}
    newer = {c for c in known if unicodedata.category(chr(c)) == "Cn"}
    delta, runs = lowers()
    for c in POINTS:  # Python's view is Rust's without the newer code points
        low = chr(c).lower()
        assert c == 0x130 or low == (chr(c) if c in newer else chr(c + delta.get(c, 0))), hex(c)
        word = c in alnum and c not in newer or c == 95
        assert bool(re.match(r"\w", chr(c))) == word, hex(c)
        assert unicodedata.normalize("NFC", chr(c)) == unicodedata2.normalize("NFC", chr(c)), hex(c)

    # A place is a position in an alternative of ftfy's pattern. Go follows all alternatives at once, with one bit per place.
    rules = sorted(sequences(_parser.parse(BADNESS_RE.pattern, re.VERBOSE)), key=lambda s: s[0] is not None)
    assert [s[0] is None for s in rules].count(True) == 1
    places, first, last, anchored = [], 0, 0, 0
    for sequence in rules:
        if sequence[0] is None:
            anchored, sequence = 1 << len(places), sequence[1:]
        else:
            first |= 1 << len(places)
        places += sequence
        last |= 1 << len(places) - 1
    assert len(places) <= 128 and anchored == 1
    masks, clues, open_places = {}, {}, dict.fromkeys(OPEN, 0)
    for i, key in enumerate(places):
        if isinstance(key, str):
            open_places[key] |= 1 << i
            continue
        for c in key:
            masks[c] = masks.get(c, 0) | 1 << i
    for i, name in enumerate(UTF8_CLUES):
        for c in clue(name):
            clues[c] = clues.get(c, 0) | 1 << i
    leads = [clue(f"utf8_first_of_{n}") for n in (2, 3, 4)]
    assert sum(map(len, leads)) == len(frozenset.union(*leads))  # so that the detector never needs to backtrack
    assert list(UTF8_CLUES)[:3] == ["utf8_first_of_2", "utf8_first_of_3", "utf8_first_of_4"] and len(UTF8_CLUES) == 5

    out = ["// Code generated by testdata/recipes/tokenize_tables.py; DO NOT EDIT.", "", "package tokenize", ""]

    def emit(name, kind, comment, cells):
        out.extend([f"// {name} {comment}", f"var {name} = {kind}{{"])
        line = "\t"
        for cell in cells:
            if len(line) + len(cell) > 110:
                out.append(line.rstrip())
                line = "\t"
            line += cell + ", "
        out.extend([line.rstrip(), "}", ""])

    def spans(name, comment, points):
        emit(name, "[]span", comment, [f"{{{a:#x}, {b:#x}}}" for a, b in ranges(points)])

    spans("letters", "are what the regex module calls \\p{L}.", classes["letter"])
    spans("numbers", "are what the regex module calls \\p{N}.", classes["digit"])
    spans("newerThanPython", "are assigned in Unicode 18 and unknown to Python 3.11.", newer)
    spans("newerThanOnig", "are letters and numbers that tokenizers' Oniguruma takes for neither.",
          classes["letter"] - letters | classes["digit"] - numbers)
    spans("inertInHF", "take part in NFC, but not in that of tokenizers.", inert())
    emit("lowerRuns", "[]lowerRun", "are the simple lower case of tokenizers' Rust (Unicode 17): first, last, step, what to add.",
         [f"{{{a:#x}, {b:#x}, {s}, {d}}}" for a, b, s, d in runs])
    out += ["// charmaps are the encodings that ftfy tries, in its order: what bytes 0x80 to 0xff stand for.",
            "var charmaps = []charmap{"]
    for name in CHARMAP_ENCODINGS:
        high = bytes(range(0x80, 0x100)).decode(name)
        assert len(set(high)) == 128 and high.encode(name) == bytes(range(0x80, 0x100)), name
        assert (b"\x1a".decode(name) == "\ufffd") == name.startswith("sloppy"), name
        text = "".join(f"\\u{ord(c):04x}" for c in high)
        out.append(f'\t{{name: "{name}", high: "{text}"}},')
    out += ["}", ""]

    def places_of(mask):
        return f"{{{mask & (1 << 64) - 1:#x}, {mask >> 64:#x}}}"

    out += ["// Places of the alternatives of ftfy's BADNESS_RE, a bit each: where they begin, begin only at the start of a",
            "// text, and end; and the places that the sets without an end fill.", "var ("]
    for name, mask in [("badFirst", first), ("badAnchored", anchored), ("badLast", last), ("badNotLetter", open_places[OPEN[0]]),
                       ("badNotNewline", open_places[OPEN[1]]), ("badSpace", open_places[OPEN[2]]), ("badWord", open_places[OPEN[3]])]:
        out.append(f"\t{name} = places{places_of(mask)}")
    out += [")", ""]
    cells = []
    for a, b in ranges(masks | clues):
        begin, what = a, None
        for c in range(a, b + 2):
            now = (masks.get(c, 0), clues.get(c, 0)) if c <= b else None
            if what is not None and now != what:
                cells.append(f"{{{begin:#x}, {c - 1:#x}, places{places_of(what[0])}, {what[1]:#x}}}")
                begin = c
            what = now
    emit("badChars", "[]badRun", "say which places each character of ftfy's sets fills, and which UTF8_CLUES it is in.", cells)
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(out))
    print(f"{len(rules)} rules, {len(places)} places, {len(masks)} characters", file=sys.stderr)


main(sys.argv[1])
