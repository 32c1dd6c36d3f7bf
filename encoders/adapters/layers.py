"""Inspects a model while it runs, for adapters that offer their layers (serve.py describes the requests).

in/NAME is the first tensor that a layer gets, out/NAME the first that it returns, weight/NAME a weight. A Tap keeps the requested tensors,
and replaces others. The layers of PyTorch models are their modules. A model of plain functions calls the Tap itself.
"""
from contextlib import contextmanager

import torch


class Tap:
    def __init__(self, put=None, want=()):
        self.put, self.want, self.got = put or {}, set(want), {}

    def see(self, name, x):
        """Returns x, or the tensor that replaces it."""
        if name in self.put:
            x = torch.from_numpy(self.put[name]).to(x.device, x.dtype).reshape(x.shape)
        if name in self.want and name not in self.got:
            self.got[name] = x.detach().float().cpu().numpy()
        return x


NOTHING = Tap()


def first(values):
    """Returns the position of the first tensor of numbers in values, or None."""
    return next((k for k, v in values if isinstance(v, torch.Tensor) and v.is_floating_point() and v.dim() > 1), None)


def replaced(values, at, x):
    return {**values, at: x} if isinstance(values, dict) else tuple(x if i == at else v for i, v in enumerate(values))


def weights(module):
    """Returns a module's own weights by name. 8-bit weights are returned as the numbers that they stand for."""
    out = dict(module.named_parameters(recurse=False))
    for name in ("weight", "bias"):
        if callable(w := getattr(module, name, None)) and isinstance(w := w(), torch.Tensor):
            out[name] = w.dequantize() if w.is_quantized else w
    return out


class Modules:
    """The modules of a model that run during call."""

    def __init__(self, model):
        self.named = dict(model.named_modules())

    @contextmanager
    def hooked(self, names, before, after):
        hooks = []
        for name in names:
            hooks += [self.named[name].register_forward_pre_hook(before(name), with_kwargs=True), self.named[name].register_forward_hook(after(name))]
        try:
            yield
        finally:
            for h in hooks:
                h.remove()

    def list(self, call):
        """Lists the modules that return tensors, in the order in which they end."""
        ended, takes = {}, set()

        def before(name):
            def hook(_, args, kwargs):
                if first(enumerate(args)) is not None or first(kwargs.items()) is not None:
                    takes.add(name)

            return hook

        def after(name):
            def hook(module, _, out):
                out = out if isinstance(out, (tuple, list)) else (out,)
                if name and (at := first(enumerate(out))) is not None:
                    ended.setdefault(name, out[at].dtype)

            return hook

        with self.hooked(self.named, before, after):
            call()
        return [
            {"name": n, "kind": f"{type(m).__name__}({m.extra_repr()})", "dtype": str(own_dtype(m, dtype)).removeprefix("torch."), "weights": list(weights(m)),
             "leaf": not list(m.children()), "takes": n in takes}
            for n, dtype in ended.items() for m in [self.named[n]]
        ]

    @contextmanager
    def tapped(self, tap):
        """Everything that runs inside passes the tap."""
        names = {n.split("/", 1)[1] for n in {*tap.put, *tap.want} if n.startswith(("in/", "out/"))}
        if unknown := names - set(self.named):
            raise KeyError(f"no layer {', '.join(sorted(unknown))}")
        for n in tap.want:
            if n.startswith("weight/"):
                module, _, weight = n.removeprefix("weight/").rpartition(".")
                tap.got[n] = weights(self.named[module])[weight].detach().float().cpu().numpy()

        def before(name):
            def hook(_, args, kwargs):
                if (at := first(enumerate(args))) is not None:
                    return replaced(args, at, tap.see("in/" + name, args[at])), kwargs
                if (at := first(kwargs.items())) is not None:
                    return args, replaced(kwargs, at, tap.see("in/" + name, kwargs[at]))

            return hook

        def after(name):
            def hook(_, __, out):
                if not isinstance(out, (tuple, list)):
                    return tap.see("out/" + name, out)
                if (at := first(enumerate(out))) is not None:
                    return replaced(tuple(out), at, tap.see("out/" + name, out[at]))

            return hook

        with self.hooked(names, before, after):
            yield


def own_dtype(module, given):
    """Returns the type in which a module computes: int8 for quantized ones, otherwise the smaller of the types of its weights and its output."""
    if "quantized" in type(module).__module__:
        return torch.int8
    return min([given, *(w.dtype for w in module.parameters() if w.is_floating_point())], key=lambda t: t.itemsize)
