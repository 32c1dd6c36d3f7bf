"""The mini model's texts: CLIP's byte-pair encoding (the prompts are plain ASCII, so no cleaning is needed), the prompts of label
sets, and the rows of the token table that they use. No file of its own to run.
"""
import gzip
import re

import torch

SOT, EOT, VOCAB = 49406, 49407, 49408


class BPE:
    def __init__(self, path):
        chars = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
        extra = [b for b in range(256) if b not in chars]
        units = [chr(c) for c in chars] + [chr(256 + i) for i in range(len(extra))]
        merges = [tuple(m.split()) for m in gzip.open(path).read().decode().split("\n")[1 : 49152 - 256 - 2 + 1]]
        words = units + [u + "</w>" for u in units] + ["".join(m) for m in merges]
        self.ids = {w: i for i, w in enumerate(words)}
        self.rank = {m: i for i, m in enumerate(merges)}

    def word(self, w):
        parts = list(w[:-1]) + [w[-1] + "</w>"]
        while len(parts) > 1:
            at = min(range(len(parts) - 1), key=lambda i: self.rank.get((parts[i], parts[i + 1]), 1 << 30))
            if (parts[at], parts[at + 1]) not in self.rank:
                break
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return [self.ids[p] for p in parts]

    def __call__(self, text):
        words = re.findall(r"[a-z]+|[0-9]|[^\sa-z0-9]+", text)
        return [SOT] + [i for w in words for i in self.word(w)] + [EOT]


def prompt(entries):
    """entries are (article, label) pairs; returns "a photo of a X, a Y and a Z"."""
    parts = [f"{a} {n}".strip() for a, n in entries]
    return "a photo of " + (parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1])


class Prompts:
    def __init__(self, names, index, bpe):
        article = {e["label"]: e["article"] for e in index["labels"]}
        self.entries = [(article[n], n) for n in names]
        self.bpe = bpe
        # Row 0 stands for every token that no prompt uses.
        used = {SOT, EOT} | set(bpe(prompt(self.entries[:3]))) | {t for e in self.entries for t in bpe(prompt([e]))}
        self.tokens = sorted(used)
        self.row = {t: i + 1 for i, t in enumerate(self.tokens)}

    def rows(self, sets):
        ids = [[self.row[t] for t in self.bpe(prompt([self.entries[i] for i in s]))] for s in sets]
        length = max(map(len, ids))
        return torch.tensor([r + [0] * (length - len(r)) for r in ids]), torch.tensor([len(r) - 1 for r in ids])
