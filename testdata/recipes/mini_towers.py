"""The towers of mini_train.py: CLIP's own shapes, so that open_clip can load them. No file of its own to run.

Image: ViT, patch 32 at 224x224 (patch 16 at 112x112 is the same tower: `full_size`), class token. Text: causal, pooled at EOT, of
whose 77 positions and 49,408 tokens those that the prompts use are trained. Both without biases in the projections.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

IMAGE = {"width": 192, "layers": 4, "heads": 3}
TEXT = {"width": 128, "layers": 2, "heads": 4}
DIM, GRID, CONTEXT = 128, 7, 32


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.in_proj, self.out_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.c_fc, self.c_proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask=None):
        n, length, width = x.shape
        q, k, v = self.in_proj(self.ln_1(x)).view(n, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        # Written out, because PyTorch's fused attention takes nearly half of the time of a step on a CPU, mostly in the backward pass.
        s = q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5
        y = (s if mask is None else s + mask).softmax(-1) @ v
        x = x + self.out_proj(y.transpose(1, 2).reshape(n, length, width))
        h = self.c_fc(self.ln_2(x))
        return x + self.c_proj(h * torch.sigmoid(1.702 * h))


class Mini(nn.Module):
    def __init__(self, vocab, patch=16, image=IMAGE, text=TEXT):
        super().__init__()
        w, t = image["width"], text["width"]
        self.conv1 = nn.Conv2d(3, w, patch, patch, bias=False)
        self.cls = nn.Parameter(torch.randn(w) * 0.02)
        self.pos = nn.Parameter(torch.randn(GRID**2 + 1, w) * 0.02)
        self.ln_pre, self.ln_post = nn.LayerNorm(w), nn.LayerNorm(w)
        self.image_blocks = nn.ModuleList(Block(w, image["heads"]) for _ in range(image["layers"]))
        self.image_proj = nn.Parameter(torch.randn(w, DIM) * w**-0.5)
        self.token = nn.Embedding(vocab, t)
        self.text_pos = nn.Parameter(torch.randn(CONTEXT, t) * 0.01)
        self.text_blocks = nn.ModuleList(Block(t, text["heads"]) for _ in range(text["layers"]))
        self.ln_final = nn.LayerNorm(t)
        self.text_proj = nn.Parameter(torch.randn(t, DIM) * t**-0.5)
        self.scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        nn.init.normal_(self.token.weight, std=0.02)

    def images(self, x):
        """x is [N,3,S,S], with S seven patches, normalised as in CLIP; returns [N,DIM], raw."""
        # The patches do not overlap, so one matrix product is cheaper here than a convolution and its backward pass.
        n, c, p = x.shape[0], x.shape[1], self.conv1.kernel_size[0]
        x = x.view(n, c, GRID, p, GRID, p).permute(0, 2, 4, 1, 3, 5).reshape(n, GRID * GRID, c * p * p)
        x = F.linear(x, self.conv1.weight.flatten(1))
        x = self.ln_pre(torch.cat([self.cls.expand(x.shape[0], 1, -1), x], 1) + self.pos)
        for b in self.image_blocks:
            x = b(x)
        return self.ln_post(x[:, 0]) @ self.image_proj

    def texts(self, rows, eot):
        """rows [N,L] are indices of embedding rows, eot [N] is the position of each text's EOT; returns [N,DIM], raw."""
        length = rows.shape[1]
        mask = torch.full((length, length), -1e4).triu(1)
        x = self.token(rows) + self.text_pos[:length]
        for b in self.text_blocks:
            x = b(x, mask)
        return self.ln_final(x[torch.arange(len(rows)), eot]) @ self.text_proj


def full_size(kernel):
    """Turns patch-16 weights at 112x112 into patch-32 weights at 224x224, which compute the same function of the 2x2 averages."""
    return kernel.repeat_interleave(2, 2).repeat_interleave(2, 3) / 4


def members(sets, labels):
    m = torch.zeros(len(sets), labels)
    for i, s in enumerate(sets):
        m[i, s] = 1
    return m


def loss_of(model, x, sets, texts, singles, weight):
    """Symmetric multi-positive InfoNCE, in which the positives of a text are the pictures with all its labels, plus weight times the cross entropy of each
    picture against all label prompts, with a uniform target over its labels."""
    v = F.normalize(model.images(x).float(), dim=1)
    t = F.normalize(model.texts(*texts).float(), dim=1)
    labels = F.normalize(model.texts(*singles).float(), dim=1)
    scale = model.scale.exp().clamp(max=100)
    m = members(sets, len(labels))
    positive = ((m @ m.T) >= m.sum(1)).float()  # [i,j]: whether picture i has every label of text j
    logits = scale * v @ t.T
    i2t = -(positive / positive.sum(1, keepdim=True) * F.log_softmax(logits, 1)).sum(1).mean()
    t2i = -(positive.T / positive.T.sum(1, keepdim=True) * F.log_softmax(logits.T, 1)).sum(1).mean()
    single = -(m / m.sum(1, keepdim=True) * F.log_softmax(scale * v @ labels.T, 1)).sum(1).mean()
    return (i2t + t2i) / 2 + weight * single
