"""Scenes for mini_train.py: cut-outs on backgrounds, drawn and changed at random so that a drawing style is no help.

batch(step, ...) depends on the seed and the step alone. Pictures are uint8 RGB [N,side,side,3]. No file of its own to run.
"""
from pathlib import Path

import cv2
import numpy as np

MONO = {"fluent-emoji-high-contrast", "game-icons", "emojione-monotone"}  # shapes in one colour
WEIGHT = {"icon-park": 0.4} | dict.fromkeys(MONO, 0.3)  # how often a style is drawn; all others 1
SIZES = {1: (0.26, 0.95), 2: (0.22, 0.64), 3: (0.19, 0.5)}  # an object's side as a share of the picture's side
TRAIN_KINDS = ("plain", "gradient", "radial", "noise", "octaves", "stripes", "checks", "blobs", "clutter")
HELD_OUT_KINDS = ("dots", "rings", "bricks")  # used for validation only
POOL, POOL_SIDE = 480, 320


# --- backgrounds ---
def field(rng, n, s):
    return cv2.resize(rng.random((n, n)).astype(np.float32), (s, s), interpolation=cv2.INTER_CUBIC)


def share(rng, kind, s):
    """Returns the mix of two colours, [s,s] of 0..1."""
    y, x = np.mgrid[0:s, 0:s].astype(np.float32) / s - 0.5
    t, n = rng.uniform(0, 2 * np.pi), rng.uniform(3, 14)
    u, v = x * np.cos(t) + y * np.sin(t), y * np.cos(t) - x * np.sin(t)
    wave = lambda z: np.sin(2 * np.pi * n * z)
    match kind:
        case "plain":
            return np.zeros((s, s), np.float32)
        case "gradient":
            return u + 0.5
        case "radial":
            return np.hypot(x - rng.uniform(-0.4, 0.4), y - rng.uniform(-0.4, 0.4)) * rng.uniform(0.8, 2)
        case "noise":
            return field(rng, int(rng.integers(3, 24)), s)
        case "octaves":
            return sum(field(rng, 4 * 2**i, s) / 2 ** (i * rng.uniform(0.6, 1.2)) for i in range(5)) / 2
        case "stripes":
            return wave(u) * rng.choice([0.5, 20]) + 0.5
        case "checks":
            return wave(u) * wave(v) * 50 + 0.5
        case "blobs":
            return (field(rng, int(rng.integers(4, 16)), s) - 0.5) * 8 + 0.5
        case "dots":
            return (wave(u) + wave(v) - rng.uniform(0.2, 1.2)) * 20
        case "rings":
            return wave(np.hypot(x - rng.uniform(-0.4, 0.4), y - rng.uniform(-0.4, 0.4))) * 20 + 0.5
        case "bricks":
            row = np.floor(v * n)
            return (np.maximum(np.abs((v * n) % 1 - 0.5), np.abs((u * n / 2 + row * 0.5) % 1 - 0.5)) < 0.44).astype(np.float32)
    raise ValueError(kind)


def colour(rng):
    c = rng.uniform(0, 255, 3)
    return c if rng.random() < 0.5 else (2 * c.mean() + c) / 3


def background(rng, kinds):
    kind, s = kinds[rng.integers(len(kinds))], POOL_SIDE
    if kind == "clutter":
        im = np.full((2 * s, 2 * s, 3), colour(rng), np.float32)
        for _ in range(int(rng.integers(4, 30))):
            at = rng.integers(0, 2 * s, 2)
            points = at + rng.integers(-s // 3, s // 3, (int(rng.integers(3, 6)), 2))
            if rng.random() < 0.3:
                cv2.circle(im, at.tolist(), int(rng.integers(5, s // 4)), colour(rng).tolist(), -1)
            else:
                cv2.fillPoly(im, [points.astype(np.int32)], colour(rng).tolist())
        im = cv2.resize(im, (s, s), interpolation=cv2.INTER_AREA)
    else:
        f = np.clip(cv2.resize(np.clip(share(rng, kind, 2 * s), 0, 1).astype(np.float32), (s, s), interpolation=cv2.INTER_AREA), 0, 1)[..., None]
        im = colour(rng) * (1 - f) + colour(rng) * f
    im = im + rng.normal(0, rng.choice([0, 0, 4, 12]), (s, s, 1))
    return np.clip(im, 0, 255).astype(np.uint8)


# --- changes of style ---
GREY = np.full((3, 3), 1 / 3, np.float32)


def turn_hue(angle):
    """Returns the matrix that rotates colours about the grey axis."""
    c, s = np.cos(angle), np.sin(angle) / np.sqrt(3)
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], np.float32)
    return (c * np.eye(3) + (1 - c) * GREY + s * cross).astype(np.float32)


def recolour(rng, rgb, strong):
    """Changes hue, saturation, contrast and brightness with one affine map of RGB."""
    hue = rng.uniform(-np.pi, np.pi) if rng.random() < 0.12 * strong else rng.normal(0, 0.2 * strong)
    m = turn_hue(hue)
    saturation = rng.uniform(1 - 0.7 * strong, 1 + 0.5 * strong)
    m = m * saturation + GREY * (1 - saturation)
    contrast, light = rng.uniform(1 - 0.45 * strong, 1 + 0.4 * strong), rng.uniform(-35, 35) * strong
    m = np.hstack([m * contrast, np.full((3, 1), 128 * (1 - contrast) + light, np.float32)])
    return cv2.transform(rgb, m)


def two_tones(rng, rgb):
    """Maps lightness to a ramp between two colours, as in art with one ink."""
    ramp = np.linspace(colour(rng), colour(rng), 256)
    return np.clip(ramp, 0, 255).astype(np.uint8)[cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)]


def shade(rng, rgb):
    """Adds light from one side, as in rounder styles."""
    h, w = rgb.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    t = rng.uniform(0, 2 * np.pi)
    f = 1 + rng.uniform(0.15, 0.5) * ((x / w - 0.5) * np.cos(t) + (y / h - 0.5) * np.sin(t)) * 2
    return np.clip(rgb * f[..., None], 0, 255).astype(np.uint8)


def ink_edges(rng, rgb, alpha):
    """Draws dark lines where the lightness changes."""
    g = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    e = cv2.morphologyEx(g, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).astype(np.float32)
    f = np.clip(e / rng.uniform(50, 150), 0, 1)[..., None]
    return (rgb * (1 - f) + rng.uniform(0, 70) * f).astype(np.uint8)


def restyle(rng, cell, mono):
    """cell is [h,w,4] with straight alpha, and colours extended under the transparent part."""
    rgb, alpha = np.ascontiguousarray(cell[..., :3]), np.ascontiguousarray(cell[..., 3])
    if mono:
        ink = colour(rng)
        back = alpha
        if rng.random() < 0.6:  # a filled shape behind the ink
            r = max(3, cell.shape[0] // 5) | 1
            back = cv2.morphologyEx(cv2.copyMakeBorder(alpha, r, r, r, r, cv2.BORDER_CONSTANT), cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (r, r)))[r:-r, r:-r]
            f = alpha[..., None].astype(np.float32) / 255
            rgb = (ink * f + colour(rng) * (1 - f)).astype(np.uint8)
        else:
            rgb = np.full_like(rgb, ink)
        alpha = np.maximum(alpha, back)
    elif rng.random() < 0.75:
        rgb = recolour(rng, rgb, 1.0)
    if rng.random() < 0.06:
        rgb = two_tones(rng, rgb)
    if rng.random() < 0.25:
        rgb = shade(rng, rgb)
    if rng.random() < 0.12:
        n = rng.uniform(24, 90)
        rgb = np.clip((np.arange(256) // n + 0.5) * n, 0, 255).astype(np.uint8)[rgb]
    if rng.random() < 0.15:
        rgb = ink_edges(rng, rgb, alpha)
    if rng.random() < 0.15:
        k = 2 * max(1, int(cell.shape[0] * rng.uniform(0.01, 0.05))) + 1
        rgb = cv2.medianBlur(rgb, k) if rng.random() < 0.5 else cv2.GaussianBlur(rgb, (k, k), 0)
    if rng.random() < 0.18:  # an outline, or the edge of a sticker
        r = max(1, int(cell.shape[0] * rng.uniform(0.015, 0.06)))
        wide = cv2.dilate(alpha, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1)))
        f = alpha[..., None].astype(np.float32) / 255
        line = rng.choice([0, 0, 255]) if rng.random() < 0.7 else colour(rng)
        rgb = (rgb * f + line * (1 - f)).astype(np.uint8)
        alpha = wide
    if rng.random() < 0.08:  # hard or soft edges
        alpha = ((alpha > 127) * 255).astype(np.uint8) if rng.random() < 0.5 else cv2.GaussianBlur(alpha, (5, 5), 0)
    if rng.random() < 0.06:
        alpha = (alpha * rng.uniform(0.55, 1)).astype(np.uint8)
    return rgb, alpha


def bleed(cell):
    """Extends the colours of the nearest drawn pixels under the transparent ones, so that scaling mixes nothing dark in."""
    a = cell[..., 3:].astype(np.float32) / 255
    colour, weight = cell[..., :3] * a, a
    for k in (5, 17, 65):
        c, w = cv2.blur(colour, (k, k)), cv2.blur(weight, (k, k)).reshape(a.shape)
        fill = w > 1e-3
        colour = np.where((weight < 0.5) & fill, c / np.maximum(w, 1e-3), colour)
        weight = np.where((weight < 0.5) & fill, 1, weight)
    out = cell.copy()
    keep = cell[..., 3:] > 200
    out[..., :3] = np.where(keep, cell[..., :3], np.clip(colour / np.maximum(weight, 1e-3), 0, 255))
    return out


def levels(cell):
    cell = bleed(cell)
    return [cell, cv2.resize(cell, (64, 64), interpolation=cv2.INTER_AREA), cv2.resize(cell, (32, 32), interpolation=cv2.INTER_AREA)]


# --- scenes ---
def overlap(p, q):
    w = min(p[0] + p[2], q[0] + q[2]) - max(p[0], q[0])
    h = min(p[1] + p[2], q[1] + q[2]) - max(p[1], q[1])
    return max(0, w) * max(0, h) / min(p[2], q[2]) ** 2


class Scenes:
    """styles are the names of the .npz files of `art` to draw from; names are all labels of all styles, so that rows never move."""

    def __init__(self, art, seed, styles=None, kinds=TRAIN_KINDS):
        files = sorted(Path(art).glob("*.npz"))
        packs = {f.stem: np.load(f) for f in files}
        self.names = sorted({str(n) for z in packs.values() for n in z["labels"]})
        self.art = [[] for _ in self.names]
        for style, z in packs.items():
            if styles is None or style in styles:
                for n, c in zip(z["labels"], z["cells"]):
                    self.art[self.names.index(str(n))].append((levels(c), style in MONO, WEIGHT.get(style, 1.0)))
        weights = [np.cumsum([w for _, _, w in a]) for a in self.art]
        self.upto = [w[:-1] / w[-1] if len(w) else w for w in weights]
        self.known = np.array([i for i, a in enumerate(self.art) if a])
        self.seed = seed
        rng = np.random.default_rng([seed, 1])
        self.backgrounds = [background(rng, kinds) for _ in range(POOL)]

    def places(self, rng, k, side):
        for _ in range(40):
            spots = []
            for _ in range(k):
                low, high = SIZES[k]
                s = side * rng.uniform(low, high)
                out = rng.choice([0, 0.12, 0.35], p=[0.45, 0.45, 0.1])
                spots.append((rng.uniform(-s * out, side - s * (1 - out)), rng.uniform(-s * out, side - s * (1 - out)), s))
            if all(overlap(p, q) < 0.25 for i, p in enumerate(spots) for q in spots[:i]):
                break
        return spots

    def paste(self, rng, im, cell, mono, spot, plain):
        left, top, size = spot
        level = cell[0 if size > 56 else 1 if size > 28 else 2]
        n = level.shape[0]
        rgb, alpha = (level[..., :3], level[..., 3]) if plain and not mono else restyle(rng, level, mono)
        rgba = np.dstack([rgb, alpha])
        angle = rng.uniform(-22, 22) if rng.random() < 0.6 else 0
        aspect, shear = rng.uniform(0.82, 1.2), 0 if plain else rng.normal(0, 0.07)
        c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        m = np.array([[c, -s], [s, c]]) @ np.array([[1, shear], [0, 1]]) @ np.diag([aspect * (-1 if rng.random() < 0.5 else 1), 1.0]) * (size / n)
        half = int(np.ceil(size * 0.78))
        box = 2 * half
        centre = np.array([left + size / 2, top + size / 2])
        corner = np.floor(centre).astype(int) - half
        to = centre - corner - 0.5 - m @ [n / 2 - 0.5, n / 2 - 0.5]
        if not plain and rng.random() < 0.35:  # bends the picture with a smooth field of shifts
            inverse = np.linalg.inv(m)
            g = np.mgrid[0:box, 0:box][::-1].reshape(2, -1).astype(np.float32)
            at = (inverse @ (g - to[:, None])).reshape(2, box, box).astype(np.float32)
            bend = rng.normal(0, n * 0.035, (5, 5, 2)).astype(np.float32)
            bend = cv2.resize(bend, (box, box), interpolation=cv2.INTER_CUBIC)
            cut = cv2.remap(rgba, at[0] + bend[..., 0], at[1] + bend[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        else:
            cut = cv2.warpAffine(rgba, np.hstack([m, to[:, None]]), (box, box), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        x0, y0 = np.maximum(corner, 0)
        x1, y1 = np.minimum(corner + box, im.shape[0])
        if x1 <= x0 or y1 <= y0:
            return
        cut = cut[y0 - corner[1] : y1 - corner[1], x0 - corner[0] : x1 - corner[0]]
        a = cut[..., 3:].astype(np.float32) / 255
        under = im[y0:y1, x0:x1]
        im[y0:y1, x0:x1] = under + (cut[..., :3] - under.astype(np.float32)) * a + 0.5

    def scene(self, rng, labels, side, plain=False):
        """plain draws the art as it is, without changes of style or of the whole picture (for validation)."""
        bg = self.backgrounds[rng.integers(len(self.backgrounds))]
        crop = int(rng.uniform(0.55, 1) * POOL_SIDE)
        x, y = rng.integers(0, POOL_SIDE - crop + 1, 2)
        im = cv2.resize(bg[y : y + crop, x : x + crop], (side, side), interpolation=cv2.INTER_AREA if crop > side else cv2.INTER_LINEAR)
        if rng.random() < 0.5:
            im = im[:, ::-1]
        if rng.random() < 0.5:
            im = im.transpose(1, 0, 2)
        im = np.ascontiguousarray(im if plain or rng.random() < 0.4 else recolour(rng, np.ascontiguousarray(im), 1.5))
        for label, spot in zip(labels, self.places(rng, len(labels), side)):
            cell, mono, _ = self.art[label][np.searchsorted(self.upto[label], rng.random())]
            self.paste(rng, im, cell, mono, spot, plain or rng.random() < 0.12)
        return im if plain else self.camera(rng, im)

    def camera(self, rng, im):
        """Changes a whole picture: light, grey, blur, grain, JPEG."""
        if rng.random() < 0.4:
            im = recolour(rng, im, 0.4)
        if rng.random() < 0.1:
            im = cv2.cvtColor(cv2.cvtColor(im, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        if rng.random() < 0.12:
            im = cv2.GaussianBlur(im, (0, 0), rng.uniform(0.4, 1.1) * im.shape[0] / 112)
        if rng.random() < 0.2:
            im = np.clip(im + rng.normal(0, rng.uniform(2, 10), (*im.shape[:2], 1)), 0, 255).astype(np.uint8)
        if rng.random() < 0.3:
            quality = int(rng.integers(25, 96))
            im = cv2.imdecode(cv2.imencode(".jpg", im, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
        return im

    def batch(self, step, n, mix, side):
        rng = np.random.default_rng([self.seed, 2, step])
        sets = [rng.permutation(self.known)[: rng.choice(3, p=mix) + 1].tolist() for _ in range(n)]
        return np.stack([self.scene(rng, s, side) for s in sets]), sets

    def draws(self, seed, k, n, side):
        """Draws n plain pictures of k objects each, one picture per set. If k is 1, n is at most the number of labels."""
        rng = np.random.default_rng([seed, 3, k, n])
        if k == 1:
            sets = [[int(i)] for i in rng.permutation(self.known)[:n]]
            return np.stack([self.scene(rng, s, side, plain=True) for s in sets]), sets
        sets = []
        while len(sets) < n:
            s = rng.permutation(self.known)[:k].tolist()
            if set(s) not in map(set, sets):
                sets.append(s)
        return np.stack([self.scene(rng, s, side, plain=True) for s in sets]), sets
