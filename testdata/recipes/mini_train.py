#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.15.0", "numpy==2.4.6", "opencv-python-headless==5.0.0.93", "pillow==13.0.0", "safetensors==0.8.0"]
# ///
"""Trains the small CLIP that the default suite carries.

    uv run --script art.py --train ART
    uv run --script mini_train.py --art ART --out RUN

Step-scheduled and seeded: batch i depends on the seed and i alone, so a run that was stopped goes on from its last
checkpoint (the same command again) as if it had not been. The first steps are drawn at 112x112 with patches of 16, the last --full steps
at 224x224 with patches of 32, which begin as the same function of the 2x2 averages. noto, which the suite evaluates on, is never
seen; choices are made with --hold-out, on a training style that is left out, on backgrounds of kinds that no training has.
AdamW, cosine schedule, exponential average of the weights; bfloat16 where --bf16. Scenes of 1, 2, 3 objects: FIRST, then LAST.

RUN gets checkpoint.pt, average.safetensors (the result), tokens.json, options.json, log.jsonl (loss, pictures a second; R@1 in % at checkpoints).
"""
import argparse
import json
import math
import os
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

from mini_scenes import HELD_OUT_KINDS, Scenes
from mini_tokens import BPE, Prompts
from mini_towers import Mini, full_size, loss_of

HERE = Path(__file__).resolve().parent
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
FIRST, LAST = np.array([0.85, 0.1, 0.05]), np.array([0.5, 0.25, 0.25])
RECORDED = ("steps", "full", "batch", "lr", "decay", "average", "single", "seed", "bf16", "hold_out")
GALLERIES = ((1, 40, 5), (2, 80, 3), (3, 150, 2))  # number of objects, pictures, and galleries


def side_at(step, o):
    return 224 if step >= o.steps - o.full else 112


def batches(scenes, start, o):
    class Data(torch.utils.data.Dataset):
        def __len__(self):
            return o.steps - start

        def __getitem__(self, i):
            step = start + i
            t = min(1, step / (0.6 * o.steps))
            x, sets = scenes.batch(step, o.batch, FIRST * (1 - t) + LAST * t, side_at(step, o))
            return torch.from_numpy(x), sets

    return torch.utils.data.DataLoader(Data(), batch_size=None, num_workers=o.workers, prefetch_factor=4)


def tensor(x):
    """uint8 [N,S,S,3] -> float32 [N,3,S,S] with CLIP's mean and deviation."""
    x = (x.float() / 255 - torch.from_numpy(MEAN)) / torch.from_numpy(STD)
    return x.permute(0, 3, 1, 2).contiguous()


@torch.no_grad()
def validate(model, scenes, prompts, seed, side):
    """Returns text-to-image R@1 in % by number of objects at 40, 80 and 150 pictures, averaged over some galleries; last: singles of all labels."""
    out = []
    for k, n, times in (*GALLERIES, (1, len(scenes.known), 2)):
        hits = 0
        for g in range(times):
            x, sets = scenes.draws(seed + g, k, n, side)
            sim = F.normalize(model.texts(*prompts.rows(sets)), dim=1) @ F.normalize(model.images(tensor(torch.from_numpy(x))), dim=1).T
            hits += sum(set(sets[i]) <= set(sets[j]) for i, j in enumerate(sim.argmax(1).tolist()))
        out.append(round(100 * hits / (n * times), 1))
    return out


def optimiser(model, decay):
    big = [q for q in model.parameters() if q.ndim >= 2]
    rest = [q for q in model.parameters() if q.ndim < 2]
    return torch.optim.AdamW([{"params": big, "weight_decay": decay}, {"params": rest, "weight_decay": 0}], betas=(0.9, 0.98))


def enlarge(model, opt, average, o):
    """Returns the same model for 224x224, with its optimiser and its average."""
    bigger = Mini(model.token.num_embeddings, patch=32)
    weights = model.state_dict()
    state = opt.state_dict()
    at = [n for n, q in model.named_parameters() if q.ndim >= 2].index("conv1.weight")
    weights["conv1.weight"], average["conv1.weight"] = full_size(weights["conv1.weight"]), full_size(average["conv1.weight"])
    bigger.load_state_dict(weights)
    for name in ("exp_avg", "exp_avg_sq"):
        state["state"][at][name] = full_size(state["state"][at][name]) * 4
    opt = optimiser(bigger, o.decay)
    opt.load_state_dict(state)
    return bigger, opt


def save(o, model, opt, average, step):
    save_file({k: v.contiguous() for k, v in average.items()}, o.out / "average.new")
    os.replace(o.out / "average.new", o.out / "average.safetensors")
    torch.save({"model": model.state_dict(), "opt": opt.state_dict(), "average": average, "step": step}, o.out / "checkpoint.new")
    os.replace(o.out / "checkpoint.new", o.out / "checkpoint.pt")


def rate(step, o):
    return o.lr * min(1, (step + 1) / 300) * (0.5 + 0.5 * math.cos(math.pi * step / o.steps)) + 1e-6


def train(o, model, opt, average, start, scenes, held, prompts):
    singles = prompts.rows([[i] for i in range(len(scenes.names))])
    log = open(o.out / "log.jsonl", "a")
    began, shown, saved = time.time(), start, time.time()
    for step, (x, sets) in enumerate(batches(scenes, start, o), start):
        if x.shape[1] == 224 and model.conv1.kernel_size[0] == 16:
            model, opt = enlarge(model, opt, average, o)
        for g in opt.param_groups:
            g["lr"] = rate(step, o)
        with torch.autocast("cpu", torch.bfloat16, enabled=o.bf16):
            loss = loss_of(model, tensor(x), sets, prompts.rows(sets), singles, o.single)
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        opt.step()
        keep = min(o.average, (step + 1) / (step + 10))
        with torch.no_grad():
            for k, v in model.state_dict().items():
                average[k].lerp_(v, 1 - keep)
        done, due = step + 1 == o.steps, time.time() - saved > o.every
        if (step + 1) % 50 and not done and not due:
            continue
        row = {"step": step + 1, "loss": round(loss.item(), 4), "side": x.shape[1], "images_per_s": round((step + 1 - shown) * o.batch / (time.time() - began), 1)}
        if done or due:
            save(o, model, opt, average, step + 1)
            now = {k: v.clone() for k, v in model.state_dict().items()}
            model.load_state_dict(average)
            row["val_r1"] = validate(model, held, prompts, o.seed, x.shape[1])
            model.load_state_dict(now)
            saved = time.time()
        began, shown = time.time(), step + 1
        print(json.dumps(row), file=log, flush=True)
        print(json.dumps(row), flush=True)


def options():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--art", required=True, help="folder of the training styles (art.py --train ART)")
    p.add_argument("--index", default=HERE / "../art/noto/index.json", help="labels and their articles")
    p.add_argument("--vocab", default=HERE / "../../encoders/tokenize/bpe_simple_vocab_16e6.txt.gz")
    p.add_argument("--out", type=Path, required=True, help="folder of checkpoints and the log")
    p.add_argument("--hold-out", default="", help="styles to leave out, with commas; the first one validates. Without: emojione, which is then a trained one")
    p.add_argument("--steps", type=int, default=14000)
    p.add_argument("--full", type=int, default=2000, help="of them, the last ones, at 224x224")
    p.add_argument("--batch", type=int, default=128)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--decay", type=float, default=0.1, help="weight decay")
    p.add_argument("--average", type=float, default=0.999, help="of the weights' exponential average")
    p.add_argument("--single", type=float, default=1.5, help="weight of the loss against all labels")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--bf16", action="store_true")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--workers", type=int, default=1, help="processes that draw")
    p.add_argument("--every", type=float, default=150, help="seconds from one checkpoint to the next")
    return p.parse_args()


def main():
    o = options()
    torch.set_num_threads(o.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(o.seed)
    o.out.mkdir(parents=True, exist_ok=True)
    held = o.hold_out.split(",") if o.hold_out else ["emojione"]
    styles = {f.stem for f in Path(o.art).glob("*.npz")}
    scenes = Scenes(o.art, o.seed, styles - set(held) if o.hold_out else styles)
    validation = Scenes(o.art, o.seed + 1000, held[:1], HELD_OUT_KINDS)
    prompts = Prompts(scenes.names, json.loads(Path(o.index).read_text()), BPE(o.vocab))
    (o.out / "tokens.json").write_text(json.dumps(prompts.tokens))
    (o.out / "options.json").write_text(json.dumps({k: getattr(o, k) for k in RECORDED}) + "\n")
    state, start, patch = None, 0, 16
    if (o.out / "checkpoint.pt").exists():
        state = torch.load(o.out / "checkpoint.pt", weights_only=True)
        start, patch = state["step"], state["model"]["conv1.weight"].shape[-1]
    model = Mini(len(prompts.tokens) + 1, patch)
    opt = optimiser(model, o.decay)
    average = {k: v.detach().clone() for k, v in model.state_dict().items()}
    if state:
        model.load_state_dict(state["model"])
        opt.load_state_dict(state["opt"])
        average = state["average"]
    train(o, model, opt, average, start, scenes, validation, prompts)


if __name__ == "__main__":
    main()
