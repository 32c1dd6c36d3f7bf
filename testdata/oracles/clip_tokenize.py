#!/usr/bin/env -S uv run --script
# /// script
# requires-python = "==3.11.*"
# dependencies = [
#     "clip-anytorch==2.6.0", "open_clip_torch==3.3.0", "transformers==5.23.0", "tokenizers==0.23.3",
#     "ftfy==6.3.1", "regex==2026.11.15", "numpy==2.4.6",
# ]
# [tool.uv]
# # Tokenizers need no torch: leave it and what only models need out.
# override-dependencies = [
#     "torch; python_version < '3'", "torchvision; python_version < '3'", "timm; python_version < '3'",
# ]
# ///
"""The reference tokenizers on a generated corpus.

    uv run --script clip_tokenize.py --out FILE [--texts FILE]

writes one JSON object per line: text, context, and the ids of openai/CLIP's SimpleTokenizer (the copy in clip-anytorch),
open_clip's, and transformers' CLIPTokenizer. The corpus is the same on every run; --texts reads a file with one JSON string per line instead.
"""
import argparse
import functools
import gzip
import html.entities
import importlib.util
import json
import random
import sys
import types
import unicodedata
from pathlib import Path

import ftfy
from ftfy.badness import MOJIBAKE_CATEGORIES
from ftfy.chardata import CHARMAP_ENCODINGS, LIGATURES, UTF8_CLUES
from transformers import CLIPTokenizer

R = random.Random(20260101)


def module(package, name):
    """Imports a package's module without the package, which would need torch."""
    folder = Path(importlib.util.find_spec(package).submodule_search_locations[0])
    spec = importlib.util.spec_from_file_location(f"{package}_{name}", folder / f"{name}.py")
    out = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(out)
    return out, folder


def references():
    clip, folder = module("clip", "simple_tokenizer")
    openai = clip.SimpleTokenizer()
    sys.modules["torch"] = types.SimpleNamespace(Tensor=None, LongTensor=None, long=None)
    open_clip = module("open_clip", "tokenizer")[0].SimpleTokenizer()
    del sys.modules["torch"]
    ftfy.fix_text = functools.lru_cache(2)(ftfy.fix_text)  # both of them clean each text by it
    merges = gzip.open(folder / "bpe_simple_vocab_16e6.txt.gz").read().decode().split("\n")[1 : 49152 - 256 - 2 + 1]
    hf = CLIPTokenizer(vocab=dict(openai.encoder), merges=[tuple(m.split()) for m in merges])

    def simple(tokenizer, start, end):
        def ids(text, context):  # the same function in clip.tokenize(truncate=True) and open_clip.tokenize
            tokens = [tokenizer.encoder[start]] + tokenizer.encode(text) + [tokenizer.encoder[end]]
            if len(tokens) > context:
                tokens = tokens[:context]
                tokens[-1] = tokenizer.encoder[end]
            return tokens + [0] * (context - len(tokens))
        return ids

    return {
        "openai": simple(openai, "<|startoftext|>", "<|endoftext|>"),
        "open_clip": simple(open_clip, "<start_of_text>", "<end_of_text>"),
        "hf": lambda text, context: hf(text, truncation=True, max_length=context, padding="max_length")["input_ids"],
    }


SENTENCES = """A photo of a dog chasing a red frisbee on the beach.|It's the children's; they've said we'd go, I'm sure you'll see.
L’été à Nîmes: «où êtes-vous?» — façade, cœur, naïve, ÎLE|Größe, Straße, äöüß ÄÖÜ „Anführung“|El niño comió piñas ¿por qué? ¡Sí!|às àquela hora, fácil, ação, coração
Příliš žluťoučký kůň úpěl ďábelské ódy|Zażółć gęślą jaźń|Árvíztűrő tükörfúrógép|Ąžuolas, šešėlis, ūkis, žvėris|Dünyanın İstanbul'da ığdır şeker|Țară, șarpe, înălțime
Съешь же ещё этих мягких французских булок|Ґанок, їжак, єнот|Ο ΟΔΥΣΣΕΥΣ, ΣΑΣ σας ΐ ΰ, Ξεσκεπάζω|שלום עולם, כלב|كلب يركض على الشاطئ ١٢٣|کتاب‌ها ۱۲۳
कुत्ता समुद्र तट पर दौड़ रहा है १२३|কুকুর ছবি|நாய் படம்|ภาพถ่ายของสุนัข ๑๒๓|ການຖ່າຍຮູບ|ខ្មែរ|မြန်မာ|ქართული ენა ᲥᲐᲠᲗᲣᲚᲘ|Հայերեն|አማርኛ
海辺で走る犬の写真、「こんにちは」ﾊﾝｶｸ ＡＢＣ１２３|一只狗在海滩上奔跑的照片。|해변을 달리는 개 사진 ㈜|ᄒᆞᆫ글|Tiếng Việt: con chó chạy trên bãi biển|ﬁne oﬃce ﬂuﬃeﬆ Ǆ ŉ
👩‍👩‍👧‍👦 family 🏳️‍🌈 🇩🇪 👍🏽 1️⃣ ❤️ ☕|¯\\_(ツ)_/¯ (╯°□°)╯︵ ┻━┻ ಠ_ಠ|x² ± ½ ≠ ∞ √2 ≈ €5 £3 ¥7 №9 ™ ® ©|“curly” ‘quotes’ …–— • † ‡ ‰ ‹›""".replace("\n", "|").split("|")
WORDS = """a an the photo of dog cat two three people man woman standing sitting riding horse skateboard next to on in with red blue green
table plate pizza street bus train beach snow kitchen jack-o-lantern close-up 35mm 1,000 3.14 U.S.A. don't it's I'M we'LL they'RE he'D rock'n'roll O'Neil
unbelievable antidisestablishmentarianism #hashtag @user https://example.org/a?b=c&d=e e-mail@example.org $5 50% (brackets) [x] "quoted" ... !!! ?! ---""".split()


def captions(n):
    for _ in range(n):
        text = " ".join(R.choice(WORDS) for _ in range(R.randint(1, 25)))
        yield R.choice([str, str, str.upper, str.title, str.capitalize])(text) + R.choice(["", ".", "\n", "  "])


def code_points():
    """Every assigned code point, in contexts that matter for words and case. Of Han, Hangul and private use only a sample."""
    points = [c for c in range(0x110000) if unicodedata.category(chr(c)) not in ("Cs", "Co", "Cn")
              and not (0x3400 <= c <= 0x9FFF or 0xAC00 <= c <= 0xD7A3 or 0x17000 <= c <= 0x18CFF or 0x20000 <= c <= 0x3FFFF) or c % 997 == 0]
    points = [c for c in points if not 0xD800 <= c <= 0xDFFF]
    for i in range(0, len(points), 8):
        yield " ".join(f"a{c}Σ{c}A{c}" for c in map(chr, points[i : i + 8]))
    for i in range(0, len(points), 40):
        yield "".join(map(chr, points[i : i + 40]))


def entities():
    names = list(html.entities.html5)
    for name in names:
        bare = name.rstrip(";")
        yield f"&{name} &{name.upper()} x&{bare}y &{bare.upper()}; &{bare.title()};"
        yield f"< &{name}&{name.upper()} &amp;{name} &amp;amp;{name}"
    for _ in range(1500):
        name = R.choice(names)
        yield R.choice(["", "<", "é "]) + "".join(R.choice([
            f"&{name[: R.randint(1, len(name))]}", f"&{name}{R.choice(WORDS)}", f"&amp;{name}", "&", "&;", "&#", "&#x", "&#;", f"&{name * 9}",
            f"&#{R.choice(POINTS())}{R.choice(';_ x')}", f"&#x{R.choice(POINTS()):x}{R.choice(';;g')}", f"&#X{R.choice(POINTS()):X};",
            f"&#{R.randint(0, 10 ** R.randint(1, 40))};", f"&#{R.randint(1, 999)}abc;", R.choice(WORDS), " "]) for _ in range(R.randint(1, 6)))
    for c in list(range(0x200)) + [0xFDD0, 0xFFFE, 0x1FFFE, 0xD800, 0xDFFF, 0x10FFFF, 0x110000]:
        yield f"a&#{c};b&#x{c:x}c <&#{c}>"


def POINTS():
    return [0, 9, 10, 11, 12, 13, 27, 38, 60, 127, 128, 133, 145, 160, 199, 233, 0x17F, 0x3A3, 0x2028, 0xD800, 0xFDD0, 0xFFFE, 0x1F600, 0x10FFFF, 0x110000]


def wrong(text, layers):
    for _ in range(layers):
        encoding = R.choice(CHARMAP_ENCODINGS + ["sloppy-windows-1252"] * 6 + ["latin-1"] * 4)
        raw = text.encode("utf-8", "surrogatepass")
        if R.random() < 0.1:  # CESU-8
            raw = b"".join(chr(u).encode("utf-8", "surrogatepass") for u in
                           [int.from_bytes(text.encode("utf-16-be")[i : i + 2], "big") for i in range(0, len(text.encode("utf-16-be")), 2)])
        if R.random() < 0.05:
            raw = raw.replace(b"a", b"\xc0\x80")
        text = raw.decode(encoding, "replace")
    return text


def hurt(text):
    out = list(text)
    for _ in range(R.randint(0, 4)):
        i = R.randrange(len(out) + 1)
        out[i : i + R.randint(0, 2)] = R.choice(["", "?", "\ufffd", " ", "\x1a", "\n", "\r\n", "\xa0", "\x85", "\x81", "<", "Ã ", "Â ", "â€", "é", "日", R.choice(text or " ")])
    return "".join(out)


def mojibake(n):
    for _ in range(n):
        parts = []
        for _ in range(R.randint(1, 3)):
            words = R.choice(SENTENCES).split(" ")
            i = R.randrange(len(words))
            text = wrong(" ".join(words[i : i + R.randint(1, 6)]), R.choice([0, 1, 1, 1, 2, 3]))
            if R.random() < 0.4:
                text = text.replace("\xa0", " ")
            parts.append(hurt(text) if R.random() < 0.5 else text)
        yield R.choice(["", " ", "\n"]).join(parts)
    alphabet = [c for s in list(UTF8_CLUES.values()) + list(MOJIBAKE_CATEGORIES.values()) for c in s if c != "-"] + list("aZ .<?_1\x1a\ufffd") * 5
    for _ in range(n):
        yield "".join(R.choice(alphabet) for _ in range(R.randint(1, 14)))
    for _ in range(n // 4):  # random bytes, mostly similar to UTF-8
        raw = b"".join(R.choice([b"\xc3", b"\xe2\x80", b"\xed\xa0\xbd\xed\xb8", b"\xc0", b"\x80", b" ", b"\xf0\x9f", b"\xa0", b"\x9d", b"a", b"?", b"\n", b"\xbf", b"\x1a"]) for _ in range(R.randint(1, 9)))
        yield raw.decode(R.choice(CHARMAP_ENCODINGS))


def marks(n):
    """Normal forms: marks of all classes in any order, too many marks, decomposed Hangul, compatibility characters."""
    marks = [chr(c) for c in range(0x300, 0x1E950) if unicodedata.combining(chr(c))]
    whole = [chr(c) for c in range(0xC0, 0x2FA1E) if unicodedata.decomposition(chr(c)) and not 0xAC00 <= c <= 0xD7A3]
    for _ in range(n):
        out = ""
        for _ in range(R.randint(1, 5)):
            out += R.choice(["a", "E", "o", "ι", "Ω", "я", "が", " ", "1", "!", R.choice(whole), unicodedata.normalize("NFD", R.choice(whole))])
            out += "".join(R.choice(marks[:112] if R.random() < 0.7 else marks) for _ in range(R.choice([0, 1, 1, 2, 3, 4, 40])))
        yield out
    for _ in range(n // 4):
        yield "".join(R.choice([chr(R.randint(0x1100, 0x1112)), chr(R.randint(0x1161, 0x1175)), chr(R.randint(0x11A7, 0x11C3)),
                                chr(R.randint(0xAC00, 0xD7A3)), " ", chr(R.randint(0x1100, 0x11FF)), "\u0301"]) for _ in range(R.randint(1, 12)))


def odd(n):
    bits = ["<|startoftext|>", "<|endoftext|>", "<|EndOfText|>", "<|ſtartoftext|>", "<start_of_text>", "<end_of_text>", "<START_OF_TEXT>", "<ſtart_of_text>",
            "'s", "'S", "'ſ", "'t", "'RE", "'ve", "'M", "'ll", "'D", "''", "’s", "‘T", "\u02bcll", "K", "İ", "I", "ı", "Σ", "ΑΣ", "ΑΣ.", "ΑΣ'Α", "ὈΔΥΣΣΕΎΣ", "ß", "ẞ", "\u0345", "ᾳ\u0345",
            "0", "1", "२", "½", "Ⅷ", "ⅷ", "①", "㊿", "一", "_", "__", "-", "!", "!!", "...", "\u200b", "\u200d", "\ufe0f", "\u00ad", "\ufeff", "\u2060", "\u206a", "\ufff9", "\ufffc",
            "\t", "\n", "\x0b", "\x0c", "\r", "\r\n", "\x1c", "\x1f", "\x85", "\xa0", "\u1680", "\u180e", "\u2003", "\u2028", "\u202f", "\u3000", "\x00", "\x07", "\x7f", "\x9b",
            "\x1b[31m", "\x1b[1;3१m", "\x1b[", "\x1b[0;", "\x1b", "<", ">", "|", "&", "&lt;", "&lt;|endoftext|&gt;", "word", "Word", "é", "🙂"] + list(map(chr, LIGATURES))
    for _ in range(n):
        yield "".join(R.choice(bits) for _ in range(R.randint(1, 12)))


def noise(n):
    spans = [(0x20, 0x7E), (0x80, 0x24F), (0x250, 0x52F), (0x530, 0x10FF), (0x1100, 0x1FFF), (0x2000, 0x2BFF), (0x2C00, 0x31FF), (0x3200, 0xD7FF),
             (0xE000, 0xFFFF), (0x10000, 0x1FFFF), (0x20000, 0x10FFFF), (0, 0x1F)]
    for _ in range(n):
        some = [R.choice(spans) for _ in range(R.randint(1, 3))]
        yield "".join(chr(R.randint(*R.choice(some))) if R.random() < 0.85 else " " for _ in range(R.randint(0, 40)))


def long(n):
    for i in range(n):
        size = R.choice([300, 3000, 30000])
        pick = R.choice(SENTENCES)
        yield [pick * (size // len(pick)), "".join(R.choice(pick) for _ in range(size)), R.choice("aé日🙂! 1") * size,
               " ".join(wrong(pick, 1) for _ in range(size // len(pick) // 2)), " " * size + pick][i % 5]


def corpus():
    yield from ["", " ", "\n", "a", "é", "\u0301"] + SENTENCES
    for make in [captions(4000), code_points(), entities(), mojibake(4000), marks(2000), odd(4000), noise(4000), long(60)]:
        yield from make


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", required=True)
    p.add_argument("--texts")
    args = p.parse_args()
    encode = references()
    texts = corpus() if args.texts is None else map(json.loads, open(args.texts, encoding="utf-8"))
    with open(args.out, "w", encoding="utf-8") as f:
        for text in texts:
            context = R.choice([77, 77, 77, 77, 256, 2048 if len(text) > 400 else 400, R.randint(2, 30)])
            f.write(json.dumps({"text": text, "context": context} | {name: ids(text, context) for name, ids in encode.items()}, separators=(",", ":")) + "\n")


main()
