"""Loads CLIP checkpoints in PyTorch, for the adapters in this folder: any folder as a model of either library.

A folder has the files that `fastclip models export` writes, or those of a hub's repository: open_clip's open_clip_config.json with
open_clip_model.safetensors, or transformers' config.json with model.safetensors. Each library can load both layouts. Weight names are
translated as in transformers' own conversion (convert_clip_original_pytorch_to_hf). Pickles are never read.
"""
import json
from pathlib import Path

import numpy as np
import torch

import layers

OPEN_CLIP = ("open_clip_config.json", "open_clip_model.safetensors")
TRANSFORMERS = ("config.json", "model.safetensors")
EOT = 49407
NORMALISE = {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]}
ACTIVATION = {True: "quick_gelu", False: "gelu"}

# open_clip's weight names -> transformers' names. Matrices are transposed if one library multiplies from the right and the other from the left.
TOP = {
    "visual.class_embedding": "vision_model.embeddings.class_embedding",
    "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
    "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
    "visual.ln_pre.": "vision_model.pre_layrnorm.",
    "visual.ln_post.": "vision_model.post_layernorm.",
    "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
    "positional_embedding": "text_model.embeddings.position_embedding.weight",
    "ln_final.": "text_model.final_layer_norm.",
    "logit_scale": "logit_scale",
}
TRANSPOSED = {"visual.proj": "visual_projection.weight", "text_projection": "text_projection.weight"}
BLOCKS = {"visual.transformer.resblocks.": "vision_model.encoder.layers.", "transformer.resblocks.": "text_model.encoder.layers."}
IN_BLOCK = {
    "ln_1.": "layer_norm1.", "ln_2.": "layer_norm2.", "attn.out_proj.": "self_attn.out_proj.", "mlp.c_fc.": "mlp.fc1.", "mlp.c_proj.": "mlp.fc2.",
}


def layout(folder):
    """Returns the layout of a folder. open_clip's layout takes precedence, because laion's repositories contain both."""
    for kind in (OPEN_CLIP, TRANSFORMERS):
        if all((Path(folder) / f).is_file() for f in kind):
            return kind
    raise SystemExit(f"{folder}: has neither {' with '.join(OPEN_CLIP)} nor {' with '.join(TRANSFORMERS)}")


def weights(path):
    from safetensors.torch import load_file

    return load_file(path)


def swap(name, table):
    """Replaces a key of the table at the start of name by its value. Returns None if there is none."""
    for a, b in table.items():
        if name == a or (a.endswith(".") and name.startswith(a)):
            return b + name[len(a) :]


def to_transformers(state):
    """The state dict of an open_clip CLIP under transformers' names."""
    out = {}
    for name, w in state.items():
        if name in TRANSPOSED:
            out[TRANSPOSED[name]] = w.T.contiguous()
        elif block := swap(name, BLOCKS):
            prefix, number, rest = block.rsplit("layers.", 1)[0] + "layers.", *name.split("resblocks.", 1)[1].split(".", 1)
            at = f"{prefix}{number}."
            if rest.startswith("attn.in_proj_"):
                for part, rows in zip("qkv", w.chunk(3)):
                    out[f"{at}self_attn.{part}_proj.{rest.removeprefix('attn.in_proj_')}"] = rows.contiguous()
            else:
                out[at + known(rest, IN_BLOCK)] = w
        elif name != "attn_mask":
            out[known(name, TOP)] = w
    return out


def to_open_clip(state):
    """The state dict of a transformers CLIPModel under open_clip's names."""
    back = lambda table: {b: a for a, b in table.items()}  # noqa: E731
    out, parts = {}, {}
    for name, w in state.items():
        if name.endswith("position_ids"):
            continue
        if name in TRANSPOSED.values():
            out[back(TRANSPOSED)[name]] = w.T.contiguous()
        elif block := swap(name, back(BLOCKS)):
            prefix, number, rest = block.split("resblocks.", 1)[0] + "resblocks.", *name.split("layers.", 1)[1].split(".", 1)
            at = f"{prefix}{number}."
            if rest.startswith(("self_attn.q_", "self_attn.k_", "self_attn.v_")):
                parts.setdefault(f"{at}attn.in_proj_{rest.rsplit('.', 1)[1]}", {})[rest[len("self_attn.")]] = w
            else:
                out[at + known(rest, back(IN_BLOCK))] = w
        else:
            out[known(name, back(TOP))] = w
    return out | {name: torch.cat([p[k] for k in "qkv"]) for name, p in parts.items()}


def known(name, table):
    if (to := swap(name, table)) is None:
        raise SystemExit(f"weight {name} is not CLIP's: only ViT image towers with a class token and causal text towers are supported")
    return to


def open_clip_config(c):
    """open_clip's model_cfg for transformers' CLIPConfig."""
    v, t = c.vision_config, c.text_config
    if v.hidden_act != t.hidden_act or v.hidden_act not in ACTIVATION.values():
        raise SystemExit(f"activations {v.hidden_act} and {t.hidden_act}: want both to be quick_gelu or both gelu")
    return {
        "embed_dim": c.projection_dim, "quick_gelu": v.hidden_act == ACTIVATION[True],
        "vision_cfg": {
            "image_size": v.image_size, "layers": v.num_hidden_layers, "width": v.hidden_size, "patch_size": v.patch_size,
            "head_width": v.hidden_size // v.num_attention_heads, "mlp_ratio": v.intermediate_size / v.hidden_size,
        },
        "text_cfg": {
            "context_length": t.max_position_embeddings, "vocab_size": t.vocab_size, "width": t.hidden_size,
            "heads": t.num_attention_heads, "layers": t.num_hidden_layers, "mlp_ratio": t.intermediate_size / t.hidden_size,
        },
    }


def transformers_config(c):
    """transformers' CLIPConfig for open_clip's model_cfg."""
    from transformers import CLIPConfig

    v, t = c["vision_cfg"], c["text_cfg"]
    if not isinstance(v.get("layers"), int) or "hf_model_name" in t:
        raise SystemExit("transformers' CLIPModel supports only ViT image towers and CLIP's own text tower")
    act = ACTIVATION[bool(c.get("quick_gelu"))]
    return CLIPConfig(
        projection_dim=c["embed_dim"],
        vision_config={
            "image_size": v["image_size"], "num_hidden_layers": v["layers"], "hidden_size": v["width"], "patch_size": v["patch_size"],
            "num_attention_heads": v["width"] // v.get("head_width", 64), "intermediate_size": int(v["width"] * v.get("mlp_ratio", 4)), "hidden_act": act,
        },
        text_config={
            "max_position_embeddings": t["context_length"], "vocab_size": t["vocab_size"], "hidden_size": t["width"], "num_hidden_layers": t["layers"],
            "num_attention_heads": t["heads"], "intermediate_size": int(t["width"] * t.get("mlp_ratio", 4)), "hidden_act": act, "eos_token_id": EOT,
        },
    )


def build_open_clip(config):
    """Builds open_clip's model from a model_cfg, with random weights of the current seed."""
    import open_clip

    return open_clip.CLIP(**config).eval()


def load_open_clip(folder):
    """(open_clip's model, its model_cfg)."""
    folder, kind = Path(folder), layout(folder)
    state = weights(folder / kind[1])
    if kind == OPEN_CLIP:
        config = json.loads((folder / kind[0]).read_text())["model_cfg"]
    else:
        from transformers import CLIPConfig

        config, state = open_clip_config(CLIPConfig.from_pretrained(folder)), to_open_clip(state)
    model = build_open_clip(config)
    model.load_state_dict(state)
    return model, config


def load_transformers(folder):
    """transformers' CLIPModel."""
    from transformers import CLIPConfig, CLIPModel

    folder, kind = Path(folder), layout(folder)
    state = weights(folder / kind[1])
    if kind == OPEN_CLIP:
        config, state = transformers_config(json.loads((folder / kind[0]).read_text())["model_cfg"]), to_transformers(state)
    else:
        config = CLIPConfig.from_pretrained(folder)
    model = CLIPModel(config).eval()
    missing, other = model.load_state_dict(state, strict=False)
    if missing or [k for k in other if not k.endswith("position_ids")]:
        raise SystemExit(f"{folder}: weights do not fit its configuration: missing {missing[:3]}, unknown {other[:3]}")
    return model


class OpenClip(torch.nn.Module):
    """open_clip's model for texts of any length: encode_text, cut to the length of the row."""

    def __init__(self, model):
        super().__init__()
        self.model = model
        self.size, self.context, self.dim = model.visual.image_size[0], model.context_length, model.text_projection.shape[1]

    def image(self, pixels):
        return self.model.encode_image(pixels)

    def text(self, ids):
        m, n = self.model, ids.shape[1]
        x = m.token_embedding(ids) + m.positional_embedding[:n]
        x = m.ln_final(m.transformer(x, attn_mask=m.attn_mask[:n, :n]))
        return x[torch.arange(len(ids), device=ids.device), ids.argmax(-1)] @ m.text_projection


class Transformers(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model
        c = model.config
        self.size, self.context, self.dim = c.vision_config.image_size, c.text_config.max_position_embeddings, c.projection_dim

    def image(self, pixels):
        return self.model.get_image_features(pixel_values=pixels).pooler_output

    def text(self, ids):
        return self.model.get_text_features(input_ids=ids).pooler_output


class Served:
    """A pair of towers for serve.py. precision fp32, fp16 or bf16 converts the weights; autocast leaves them in fp32 and lets torch.autocast choose (fp16 on
    a GPU, bf16 on a CPU)."""

    def __init__(self, clip, provider, precision, version=torch.__version__):
        self.clip, self.device = clip, provider
        self.size, self.version = clip.size, version
        self.cast = {"fp16": torch.float16, "bf16": torch.bfloat16}.get(precision, torch.float32)
        self.auto = precision == "autocast"
        self.dim = clip.dim

    def run(self, tower, x):
        x = torch.from_numpy(x).to(self.device)
        with torch.inference_mode(), torch.autocast(self.device, torch.float16 if self.device == "cuda" else torch.bfloat16, enabled=self.auto):
            return tower(x.to(self.cast) if x.is_floating_point() else x).float().cpu().numpy()

    def image(self, pixels):
        return self.run(self.clip.image, pixels)

    def text(self, ids):
        return self.run(self.clip.text, ids)

    def into(self, tower, x, put, want):
        """Returns a tower's output, and inputs and outputs of its modules (layers.py)."""
        tap = layers.Tap(put, want)
        with layers.Modules(self.clip.model).tapped(tap):
            return self.run(getattr(self.clip, tower), x), tap.got

    def layers(self, tower):
        x = np.zeros((1, 3, self.size, self.size), np.float32) if tower == "image" else np.array([[EOT - 1, EOT]])
        return layers.Modules(self.clip.model).list(lambda: self.run(getattr(self.clip, tower), x))


class Closed(Served):
    """Towers whose modules do not run one by one: compiled models, or models in an engine."""

    layers = property()


def prepare(o, load, served=Served):
    """Loads a model and puts it on the device and into the precision of the arguments."""
    import serve

    torch.set_num_threads(o.threads)
    if o.provider not in ("cpu", "cuda"):
        raise SystemExit(f"provider {o.provider}: PyTorch has cpu and cuda")
    if o.provider == "cuda" and not torch.cuda.is_available():
        serve.unavailable("this PyTorch sees no GPU: run it where there is an NVIDIA GPU with its driver")
    if o.precision not in ("fp32", "fp16", "bf16", "autocast"):
        raise SystemExit(f"precision {o.precision}: want fp32, fp16, bf16 or autocast")
    torch.backends.cudnn.allow_tf32 = False  # computes fp32 in fp32
    dtype = {"fp16": torch.float16, "bf16": torch.bfloat16}.get(o.precision, torch.float32)
    return served(load().to(o.provider, dtype), o.provider, o.precision)
