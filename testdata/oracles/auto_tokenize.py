#!/usr/bin/env -S uv run --script
# /// script
# requires-python = "==3.11.*"
# dependencies = ["transformers==5.23.0", "tokenizers==0.23.3", "sentencepiece==0.2.1", "protobuf==6.33.2", "numpy==2.4.6"]
# ///
"""Makes small tokenizers as models have them, and prints what transformers' AutoTokenizer makes of texts.

    uv run --script auto_tokenize.py FOLDER

writes FOLDER/NAME for SigLIP, SigLIP2 (Gemma's), multilingual CLIP (XLM-R), Chinese-CLIP (BERT) and jina-clip (XLM-R's and BERT's
tokenizer.json), and prints one JSON object per line: folder, text, length, ids, mask, types, and whether the text was cut.
"""
import io
import json
import os
import sys

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")

import sentencepiece  # noqa: E402
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers  # noqa: E402
from transformers import AutoTokenizer  # noqa: E402

CORPUS = ["a photo of a red dog on the grass", "two cats on a table", "the quick brown fox jumps over the lazy dog", "ein Foto von zwei Katzen", "一只狗的照片", "hello world, this is a test!"] * 10
TEXTS = ["a photo of a dog", "A Photo of a DOG!", "two  cats\ton a table.", "", " ", "一只狗的照片", "<unk> </s> [SEP] <s>", "don't_stop: (now)", "café ÉCOLE", "x" * 60, "many words " * 30, "🐶 emoji"]
TEXTS += [f"a photo of {n} cats and a dog" for n in range(30)]


def spm(**options):
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS), model_writer=out, vocab_size=90, model_type="unigram", hard_vocab_limit=False, minloglevel=2, **options)
    return out.getvalue()


def unigram():
    tok = Tokenizer(models.Unigram())
    tok.normalizer, tok.pre_tokenizer, tok.decoder = normalizers.NFKC(), pre_tokenizers.Metaspace(), decoders.Metaspace()
    tok.train_from_iterator(CORPUS, trainers.UnigramTrainer(show_progress=False, vocab_size=90, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], unk_token="<unk>"))
    tok.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tok.to_str().encode()


def gemma():
    """The kind of byte pair encoding that Gemma and SigLIP2 use."""
    tok = Tokenizer(models.BPE(fuse_unk=True, unk_token="<unk>"))
    tok.normalizer, tok.pre_tokenizer = normalizers.Replace(" ", "\u2581"), pre_tokenizers.Split(" ", "merged_with_previous")
    tok.train_from_iterator(CORPUS, trainers.BpeTrainer(show_progress=False, vocab_size=150, special_tokens=["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]))
    tok.post_processor = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 1)])
    return tok.to_str().encode()


def wordpiece():
    tok = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tok.normalizer, tok.pre_tokenizer = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    tok.train_from_iterator(CORPUS, trainers.WordPieceTrainer(show_progress=False, vocab_size=150, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    return tok


def bert_json():
    tok = wordpiece()
    tok.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", tok.token_to_id("[CLS]")), ("[SEP]", tok.token_to_id("[SEP]"))])
    return tok.to_str().encode()


def vocab():
    ids = wordpiece().get_vocab()
    return "\n".join(sorted(ids, key=ids.get)).encode()


def config(kind, **more):
    return json.dumps({"tokenizer_class": kind, **more}).encode()


GEMMA = dict(pad_token="<pad>", eos_token="</s>", bos_token="<s>", unk_token="<unk>")
FOLDERS = {
    "siglip": (64, {"spiece.model": spm(unk_id=2, eos_id=1, pad_id=0, bos_id=-1), "tokenizer_config.json": config("SiglipTokenizer", do_lower_case=True, model_max_length=64, pad_token="</s>")}),
    "siglip-cased": (16, {"spiece.model": spm(unk_id=2, eos_id=1, pad_id=0, bos_id=-1), "tokenizer_config.json": config("SiglipTokenizer", do_lower_case=False, pad_token="</s>")}),
    "siglip2": (64, {"tokenizer.json": unigram(), "tokenizer_config.json": config("PreTrainedTokenizerFast", padding_side="right", model_max_length=64, **GEMMA)}),
    "siglip2-gemma": (64, {
        "tokenizer.json": gemma(), "config.json": b'{"model_type": "siglip2"}',
        "tokenizer_config.json": config("GemmaTokenizer", padding_side="right", model_max_length=64, pad_token="<pad>", eos_token="<eos>", bos_token="<bos>", unk_token="<unk>"),
    }),
    "left": (24, {"tokenizer.json": unigram(), "tokenizer_config.json": config("PreTrainedTokenizerFast", padding_side="left", **GEMMA)}),
    "xlm-r": (32, {"sentencepiece.bpe.model": spm(), "tokenizer_config.json": config("XLMRobertaTokenizer")}),
    "chinese-clip": (52, {"vocab.txt": vocab(), "tokenizer_config.json": config("BertTokenizer", do_lower_case=True)}),
    "cased-bert": (20, {"vocab.txt": vocab(), "tokenizer_config.json": config("BertTokenizer", do_lower_case=False)}),
    "jina-bert": (40, {"tokenizer.json": bert_json(), "tokenizer_config.json": config("BertTokenizer", do_lower_case=True)}),
    "by type": (30, {"vocab.txt": vocab(), "config.json": b'{"model_type": "chinese_clip"}'}),
}


def main():
    for name, (length, files) in FOLDERS.items():
        folder = os.path.join(sys.argv[1], name)
        os.makedirs(folder)
        for file, data in files.items():
            with open(os.path.join(folder, file), "wb") as f:
                f.write(data)
        tok = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        for text in TEXTS:
            got = tok(text, padding="max_length", truncation=True, max_length=length, return_token_type_ids=True, return_attention_mask=True)
            cut = len(tok(text, verbose=False)["input_ids"]) > length
            row = {"Folder": name, "Text": text, "Length": length, "IDs": got["input_ids"], "Mask": got["attention_mask"], "Types": got["token_type_ids"], "Cut": cut}
            print(json.dumps(row))


if __name__ == "__main__":
    main()
