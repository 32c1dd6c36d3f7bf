#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.15.0", "numpy==2.4.6", "pillow==13.0.0", "safetensors==0.8.0"]
# ///
"""Trains the small CLIP that the default suite carries.

    uv run --script art.py --train DIR
    uv run --script mini_train.py --art DIR --out RUN --steps 4000 --seed 0

Step-scheduled and seeded: batch i depends on the seed and i alone, so a run that was stopped goes on from its last
checkpoint as if it had not been. Drawn at 112x112 for speed; mini_export.py turns the tower into one for 224x224.
noto, which the suite evaluates on, is never seen here, and nothing is chosen by looking at it.

Architecture: image tower ViT (width 128, 4 layers, 4 heads, QuickGELU, patch 16 at 112, CLS), text tower causal
transformer (width 128, 2 layers, 4 heads, 32 positions, pooled at EOT), both projected to 128 values.
Loss: symmetric multi-positive InfoNCE over the batch, and each picture against all label prompts with a uniform target over
its labels. AdamW, cosine schedule, exponential average of the weights. Scenes of 1, 2 and 3 objects, .8 .15 .05 -> thirds.
"""
import argparse
import gzip
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageEnhance
from safetensors.torch import load_file, save_file
from torch import nn

HERE = Path(__file__).resolve().parent
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
SIDE, PATCH, WIDTH, HEADS, CONTEXT = 112, 16, 128, 4, 32
SOT, EOT = 49406, 49407


# --- tokens: CLIP's BPE; the prompts are plain ASCII, so no cleaning is needed ---
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
        import re

        words = re.findall(r"[a-z]+|[0-9]|[^\sa-z0-9]+", text)
        return [SOT] + [i for w in words for i in self.word(w)] + [EOT]


# --- towers ---
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.in_proj, self.out_proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.c_fc, self.c_proj = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x, mask=None):
        n, length, _ = x.shape
        q, k, v = self.in_proj(self.ln_1(x)).view(n, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = x + self.out_proj(y.transpose(1, 2).reshape(n, length, WIDTH))
        h = self.c_fc(self.ln_2(x))
        return x + self.c_proj(h * torch.sigmoid(1.702 * h))


class Mini(nn.Module):
    def __init__(self, vocab):
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTH, PATCH, PATCH, bias=False)
        self.cls = nn.Parameter(torch.randn(WIDTH) * 0.02)
        self.pos = nn.Parameter(torch.randn((SIDE // PATCH) ** 2 + 1, WIDTH) * 0.02)
        self.ln_pre, self.ln_post = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.image_blocks = nn.ModuleList(Block() for _ in range(4))
        self.image_proj = nn.Parameter(torch.randn(WIDTH, WIDTH) * WIDTH**-0.5)
        self.token = nn.Embedding(vocab, WIDTH)
        self.text_pos = nn.Parameter(torch.randn(CONTEXT, WIDTH) * 0.01)
        self.text_blocks = nn.ModuleList(Block() for _ in range(2))
        self.ln_final = nn.LayerNorm(WIDTH)
        self.text_proj = nn.Parameter(torch.randn(WIDTH, WIDTH) * WIDTH**-0.5)
        self.scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        nn.init.normal_(self.token.weight, std=0.02)

    def images(self, x):
        x = self.conv1(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], 1, -1), x], 1) + self.pos
        x = self.ln_pre(x)
        for b in self.image_blocks:
            x = b(x)
        return self.ln_post(x[:, 0]) @ self.image_proj

    def texts(self, rows, eot):
        """rows: indices of embedding rows [N,L]; eot: index of each text's EOT."""
        length = rows.shape[1]
        mask = torch.full((length, length), float("-inf")).triu(1)
        x = self.token(rows) + self.text_pos[:length]
        for b in self.text_blocks:
            x = b(x, mask)
        return self.ln_final(x[torch.arange(len(rows)), eot]) @ self.text_proj


# --- scenes ---
def background(rng):
    s = 160
    kind = rng.integers(4)
    a, b = rng.integers(0, 256, 3), rng.integers(0, 256, 3)
    y, x = np.mgrid[0:s, 0:s] / s
    if kind == 0:
        f = np.zeros((s, s))
    elif kind == 1:
        t = rng.uniform(0, 2 * np.pi)
        f = np.clip((x - 0.5) * np.cos(t) + (y - 0.5) * np.sin(t) + 0.5, 0, 1)
    elif kind == 2:
        n = int(rng.integers(3, 24))
        f = np.asarray(Image.fromarray(rng.random((n, n)).astype(np.float32)).resize((s, s), Image.Resampling.BICUBIC))
    else:
        n, t = rng.uniform(3, 14), rng.uniform(0, 2 * np.pi)
        u, v = x * np.cos(t) + y * np.sin(t), y * np.cos(t) - x * np.sin(t)
        f = (np.sin(2 * np.pi * n * u) > 0) ^ (np.sin(2 * np.pi * n * v) > 0) if rng.random() < 0.5 else np.sin(2 * np.pi * n * u) * 0.5 + 0.5
    f = np.clip(np.asarray(f, np.float32), 0, 1)[..., None]
    im = a * (1 - f) + b * f + rng.normal(0, rng.choice([0, 4, 12]), (s, s, 1))
    return np.clip(im, 0, 255).astype(np.uint8)


SIZES = {1: (34, 104), 2: (28, 66), 3: (24, 52)}


def place(rng, k):
    """k squares (left, top, side) that overlap by a quarter of the smaller at most, mostly inside the frame."""
    for _ in range(40):
        spots = []
        for _ in range(k):
            side = int(rng.integers(SIZES[k][0], SIZES[k][1] + 1))
            low, high = -side * 0.12, SIDE - side * 0.88
            spots.append((int(rng.uniform(low, high)), int(rng.uniform(low, high)), side))
        if all(overlap(p, q) < 0.25 for i, p in enumerate(spots) for q in spots[:i]):
            break
    return spots


def overlap(p, q):
    w = min(p[0] + p[2], q[0] + q[2]) - max(p[0], q[0])
    h = min(p[1] + p[2], q[1] + q[2]) - max(p[1], q[1])
    return max(0, w) * max(0, h) / min(p[2], q[2]) ** 2


class Scenes:
    """Draws batches; batch i depends on the seed and i alone."""

    def __init__(self, art, seed):
        self.art = []  # by label: the cut-outs of the styles that draw it
        styles = [np.load(f) for f in sorted(Path(art).glob("*.npz"))]
        self.names = sorted({str(n) for s in styles for n in s["labels"]})
        by = [dict(zip((str(n) for n in s["labels"]), s["cells"])) for s in styles]
        for n in self.names:
            self.art.append([Image.fromarray(b[n]) for b in by if n in b])
        self.seed = seed
        rng = np.random.default_rng([seed, 1])
        self.backgrounds = [background(rng) for _ in range(1500)]

    def scene(self, rng, labels):
        bg = self.backgrounds[rng.integers(len(self.backgrounds))]
        x, y = rng.integers(0, bg.shape[0] - SIDE, 2)
        im = Image.fromarray(bg[y : y + SIDE, x : x + SIDE])
        if rng.random() < 0.5:
            im = im.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        for label, (left, top, side) in zip(labels, place(rng, len(labels))):
            cut = self.art[label][rng.integers(len(self.art[label]))]
            if rng.random() < 0.5:
                cut = cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            wide = max(8, int(side * rng.uniform(0.85, 1.15)))
            cut = cut.resize((wide, side), Image.Resampling.BILINEAR)
            if rng.random() < 0.5:
                cut = cut.rotate(rng.uniform(-20, 20), Image.Resampling.BILINEAR)
            if rng.random() < 0.4:
                alpha = cut.getchannel("A")
                cut = ImageEnhance.Color(ImageEnhance.Brightness(cut.convert("RGB")).enhance(rng.uniform(0.75, 1.25))).enhance(rng.uniform(0.3, 1.5))
                cut.putalpha(alpha)
            im.paste(cut, (left, top), cut)
        out = np.asarray(im, np.float32) / 255
        if rng.random() < 0.08:
            out = np.repeat(out @ np.array([[0.299], [0.587], [0.114]], np.float32), 3, 2)
        if rng.random() < 0.3:
            out = np.clip(out + rng.normal(0, 0.03, out.shape).astype(np.float32), 0, 1)
        return ((out - MEAN) / STD).transpose(2, 0, 1)

    def batch(self, step, n, mix):
        rng = np.random.default_rng([self.seed, 2, step])
        sets = [rng.permutation(len(self.names))[: rng.choice(3, p=mix) + 1] for _ in range(n)]
        return np.stack([self.scene(rng, s) for s in sets]).astype(np.float32), sets


def prompt(entries):
    """entries: (article, label) pairs -> "a photo of a X, a Y and a Z"."""
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


def batches(scenes, prompts, start, steps, size):
    """Batches start..steps, drawn ahead in one process of their own."""
    class Data(torch.utils.data.Dataset):
        def __len__(self):
            return steps - start

        def __getitem__(self, i):
            t = min(1, (start + i) / (0.6 * steps))
            mix = np.array([0.8, 0.15, 0.05]) * (1 - t) + np.ones(3) / 3 * t
            x, sets = scenes.batch(start + i, size, mix / mix.sum())
            return torch.from_numpy(x), [s.tolist() for s in sets]

    return torch.utils.data.DataLoader(Data(), batch_size=None, num_workers=1, prefetch_factor=4)


def loss_of(model, x, sets, prompts, singles):
    v = F.normalize(model.images(x), dim=1)
    t = F.normalize(model.texts(*prompts.rows(sets)), dim=1)
    labels = F.normalize(model.texts(*singles), dim=1)
    scale = model.scale.exp().clamp(max=100)
    members = torch.zeros(len(sets), len(prompts.entries))
    for i, s in enumerate(sets):
        members[i, s] = 1
    holds = (members @ members.T) >= members.sum(1)  # [text j's labels all in image i] transposed below
    image_text = holds.T.float()  # image i holds every label of text j
    logits = scale * v @ t.T
    i2t = -(image_text / image_text.sum(1, keepdim=True) * F.log_softmax(logits, 1)).sum(1).mean()
    t2i = -(image_text.T / image_text.T.sum(1, keepdim=True) * F.log_softmax(logits.T, 1)).sum(1).mean()
    single = -(members / members.sum(1, keepdim=True) * F.log_softmax(scale * v @ labels.T, 1)).sum(1).mean()
    return (i2t + t2i) / 2 + single


@torch.no_grad()
def validate(model, scenes, prompts, seed):
    """Text-to-image R@1 in % over 40 singles, 80 doubles, 150 triples of the training styles, drawn with another seed."""
    rng = np.random.default_rng([seed, 3])
    out = []
    for k, n in ((1, 40), (2, 80), (3, 150)):
        sets = [rng.permutation(len(scenes.names))[:k].tolist() for _ in range(n)]
        x = torch.from_numpy(np.stack([scenes.scene(rng, s) for s in sets]).astype(np.float32))
        sim = F.normalize(model.texts(*prompts.rows(sets)), dim=1) @ F.normalize(model.images(x), dim=1).T
        top = sim.argmax(1).tolist()
        out.append(100 * sum(set(sets[i]) <= set(sets[j]) for i, j in enumerate(top)) / n)
    return out


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--art", required=True, help="folder of the training styles (art.py --train)")
    p.add_argument("--index", default=HERE / "../art/noto/index.json", help="labels and their articles")
    p.add_argument("--vocab", default=HERE / "../../encoders/tokenize/bpe_simple_vocab_16e6.txt.gz")
    p.add_argument("--out", type=Path, required=True, help="folder of checkpoints and the log")
    p.add_argument("--steps", type=int, default=4000)
    p.add_argument("--batch", type=int, default=96)
    p.add_argument("--lr", type=float, default=1.4e-3)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--threads", type=int, default=1)
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)

    scenes = Scenes(args.art, args.seed)
    prompts = Prompts(scenes.names, json.loads(Path(args.index).read_text()), BPE(args.vocab))
    singles = prompts.rows([[i] for i in range(len(scenes.names))])
    model = Mini(len(prompts.tokens) + 1)
    average = {k: v.detach().clone() for k, v in model.state_dict().items()}
    decay = [q for q in model.parameters() if q.ndim >= 2]
    rest = [q for q in model.parameters() if q.ndim < 2]
    opt = torch.optim.AdamW([{"params": decay, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0}], betas=(0.9, 0.98))
    start, saved = 0, args.out / "checkpoint.pt"
    if saved.exists():
        state = torch.load(saved, weights_only=True)
        model.load_state_dict(state["model"])
        opt.load_state_dict(state["opt"])
        average, start = state["average"], state["step"]
    log = open(args.out / "log.jsonl", "a")
    began, shown = time.time(), start
    for step, (x, sets) in enumerate(batches(scenes, prompts, start, args.steps, args.batch), start):
        for g in opt.param_groups:
            g["lr"] = args.lr * min(1, (step + 1) / 200) * (0.5 + 0.5 * math.cos(math.pi * step / args.steps)) + 1e-6
        loss = loss_of(model, x, sets, prompts, singles)
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        opt.step()
        keep = min(0.998, (step + 1) / (step + 10))
        with torch.no_grad():
            for k, v in model.state_dict().items():
                average[k].lerp_(v, 1 - keep)
        if (step + 1) % 50 == 0 or step + 1 == args.steps:
            row = {"step": step + 1, "loss": round(loss.item(), 4), "images_per_s": round((step + 1 - shown) * args.batch / (time.time() - began), 1)}
            if (step + 1) % 200 == 0 or step + 1 == args.steps:
                now = {k: v.clone() for k, v in model.state_dict().items()}
                model.load_state_dict(average)
                row["val_r1"] = validate(model, scenes, prompts, args.seed)
                save_file({k: v.contiguous() for k, v in average.items()}, args.out / "average.safetensors")
                model.load_state_dict(now)
                torch.save({"model": now, "opt": opt.state_dict(), "average": average, "step": step + 1}, args.out / "new.pt")
                (args.out / "new.pt").replace(saved)
            print(json.dumps(row), file=log, flush=True)
            print(json.dumps(row), flush=True)
    (args.out / "tokens.json").write_text(json.dumps(prompts.tokens))


if __name__ == "__main__":
    main()
