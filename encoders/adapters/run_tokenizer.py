#!/usr/bin/env -S uv run --script
# /// script
# requires-python = "==3.11.*"
# dependencies = ["transformers==5.23.0", "tokenizers==0.23.3", "sentencepiece==0.2.1", "protobuf==6.33.2", "numpy==2.4.6"]
# ///
"""Token ids of texts by a model's own tokenizer: transformers' AutoTokenizer on Hugging Face's tokenizers or on sentencepiece.

POST /encode takes {"folder": a folder with the tokenizer's files, "texts": [...], "length": n}. The answer starts with JSON:
the class, and the id and side of the padding. int32 values follow: for each text the number of its ids and whether it was cut, then all ids,
then all token types. Ids include the model's special tokens and no padding. A text of more than n ids is cut as the tokenizer cuts it.
"""
import serve  # noqa: I001 - first: see there

import argparse
import itertools
import os
import threading
from http.server import ThreadingHTTPServer

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", TRANSFORMERS_NO_ADVISORY_WARNINGS="1")

import numpy as np
from transformers import AutoTokenizer, PreTrainedTokenizerFast


SAMPLE = 32  # number of texts on which the faster method is compared with the tokenizer itself, each time


def load(folder):
    """Returns transformers' tokenizer for the folder. If its class needs missing files, it uses tokenizer.json."""
    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as why:
        if not os.path.exists(os.path.join(folder, "tokenizer.json")):
            raise serve.Refused(f"transformers cannot load it: {type(why).__name__}: {why}") from why
    try:
        return PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    except Exception as why:
        raise serve.Refused(f"transformers cannot load its tokenizer.json: {type(why).__name__}: {why}") from why


def siglip(tok, texts):
    """Returns SiglipTokenizer's ids for all texts with one call of sentencepiece and the tokenizer's own cleaning. The tokenizer itself makes three calls per
    text."""
    bar = "\u2581"
    clean = [tok.unk_token + tok.canonicalize_text(bar + t.replace(bar, " ")) for t in texts]
    drop, end = tok.unk_token_length, tok.eos_token_id
    rows = [ids[drop:] for ids in tok.sp_model.encode(clean, out_type=int)]
    return [ids if ids and ids[-1] == end else ids + [end] for ids in rows]


def slowly(tok, texts):
    return tok(texts, padding=False, truncation=False, return_token_type_ids=True, verbose=False)


class Tokenizers:
    """The tokenizers in use, by folder. They take one call at a time, because truncation is part of their state."""

    def __init__(self):
        self.loaded, self.lock = {}, threading.Lock()

    def encode(self, folder, texts, length):
        with self.lock:
            if folder not in self.loaded:
                self.loaded[folder] = load(folder)
            tok = self.loaded[folder]
            whole, types = self.rows(tok, texts)
            cut = [i for i, ids in enumerate(whole) if len(ids) > length]
            if cut:
                got = tok([texts[i] for i in cut], truncation=True, max_length=length, padding=False, return_token_type_ids=True)
                for k, i in enumerate(cut):
                    whole[i] = got["input_ids"][k]
                    if types is not None:
                        types[i] = got["token_type_ids"][k]
        if any(not ids for ids in whole):
            raise serve.Refused("it gives no ids for some text, not even special tokens")
        was = np.zeros((len(texts), 2), "<i4")
        was[:, 0] = [len(ids) for ids in whole]
        was[cut, 1] = 1
        total = int(was[:, 0].sum())
        ids = np.fromiter(itertools.chain.from_iterable(whole), "<i4", total)
        kinds = np.zeros(total, "<i4") if types is None else np.fromiter(itertools.chain.from_iterable(types), "<i4", total)
        head = {
            "class": type(tok).__name__, "pad": tok.pad_token_id, "side": tok.padding_side, "size": len(tok),
            "eos": tok.eos_token_id if tok.eos_token_id is not None else tok.sep_token_id,
        }
        return head, was.tobytes() + ids.tobytes() + kinds.tobytes()

    @staticmethod
    def rows(tok, texts):
        if tok.is_fast:
            backend = tok.backend_tokenizer
            backend.no_truncation()
            backend.no_padding()
            rows = backend.encode_batch(texts, add_special_tokens=True)
            plain = not any(any(e.type_ids) for e in rows[:SAMPLE])  # token types do not depend on the words of a text
            return [e.ids for e in rows], None if plain else [e.type_ids for e in rows]
        special = [str(t) for t in tok.added_tokens_encoder]
        plain = [t for t in texts if not any(s in t for s in special)]
        if type(tok).__name__ != "SiglipTokenizer" or len(plain) < SAMPLE or slowly(tok, plain[:SAMPLE])["input_ids"] != siglip(tok, plain[:SAMPLE]):
            got = slowly(tok, texts)
            return got["input_ids"], got["token_type_ids"]
        quick = dict(zip(plain, siglip(tok, plain)))
        rest = [t for t in dict.fromkeys(texts) if t not in quick]
        if rest:
            quick.update(zip(rest, slowly(tok, rest)["input_ids"]))
        rows = [quick[t] for t in texts]
        return rows, None


class Handler(serve.Handler):
    tokenizers = Tokenizers()

    def route(self, head, tail):
        if serve.TOKEN and not serve.hmac.compare_digest(self.headers.get("Authorization", ""), "Bearer " + serve.TOKEN):
            return self.send(401, {"error": "the token is missing or wrong"})
        if self.command != "POST" or self.path != "/encode":
            return self.send(404, {"error": f"no {self.path} here"})
        asked = head()
        self.send(200, *self.tokenizers.encode(asked["folder"], asked["texts"], asked["length"]))


def main():
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(f"ready http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
