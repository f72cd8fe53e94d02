"""Byte-pair encoding of captions (section 2.2: lower-cased, BPE dropout 10 % in training; Provilkov et al. 2020).

Writes and reads the Hugging Face tokenizers format: Lowercase normaliser, Whitespace pre-tokeniser (`\\w+|[^\\w\\s]+`),
plain BPE with the end-of-word suffix `</w>`, no post-processor. Every printable ASCII character is in the vocabulary, so
any English word can be spelt.
"""

import json
import re
from collections import Counter
from pathlib import Path

SPECIALS = ("[PAD]", "[BOS]", "[EOS]", "[UNK]")
SUFFIX = "</w>"
WORDS = re.compile(r"\w+|[^\w\s]+")
ALPHABET = [chr(c) for c in range(33, 127) if not chr(c).isupper()]


def split_words(text):
    """Lower-cased words and runs of marks."""
    return WORDS.findall(text.lower())


def to_symbols(word):
    """Its letters, the last one with the end-of-word suffix."""
    return list(word[:-1]) + [word[-1] + SUFFIX]


def train_bpe(word_counts, vocabulary, alphabet=ALPHABET):
    """Learns merges from a Counter of words until the vocabulary is full or nothing is left to merge."""
    vocab = {token: i for i, token in enumerate([*SPECIALS, *alphabet, *(c + SUFFIX for c in alphabet)])}
    words = [(to_symbols(word), count) for word, count in sorted(word_counts.items())]
    merges = []
    while len(vocab) < vocabulary:
        pairs = Counter()
        for symbols, count in words:
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += count
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        vocab.setdefault("".join(best), len(vocab))
        words = [(merge_pair(symbols, best), count) for symbols, count in words]
    return Bpe(vocab, merges)


def merge_pair(symbols, pair):
    """The symbols with every neighbouring `pair` as one."""
    merged, i = [], 0
    while i < len(symbols):
        if i + 1 < len(symbols) and (symbols[i], symbols[i + 1]) == pair:
            merged.append(symbols[i] + symbols[i + 1])
            i += 2
        else:
            merged.append(symbols[i])
            i += 1
    return merged


class Bpe:
    """A tokenizer: ids by token, and the pairs to merge, first learnt first."""

    def __init__(self, vocab, merges):
        self.vocab = vocab
        self.merges = merges
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        self.cache = {}

    def encode_word(self, word, dropout=0.0, rng=None):
        """Ids of one lower-cased word; with `dropout`, `rng` leaves out so many of the merges, each time anew."""
        symbols = to_symbols(word)
        while len(symbols) > 1:
            found = [
                (self.ranks[pair], i)
                for i, pair in enumerate(zip(symbols, symbols[1:]))
                if pair in self.ranks and not (dropout and rng.random() < dropout)
            ]
            if not found:
                break
            if dropout:
                i = min(found)[1]
                symbols[i : i + 2] = [symbols[i] + symbols[i + 1]]
            else:
                symbols = merge_pair(symbols, self.merges[min(found)[0]])
        unknown = self.vocab["[UNK]"]
        return [self.vocab.get(symbol, unknown) for symbol in symbols]

    def encode(self, text, dropout=0.0, rng=None):
        """Ids of the caption only: no bos, eos or padding. `dropout` as that of `encode_word`."""
        ids = []
        for word in split_words(text):
            if dropout:
                ids.extend(self.encode_word(word, dropout, rng))
                continue
            if word not in self.cache:
                self.cache[word] = self.encode_word(word)
            ids.extend(self.cache[word])
        return ids

    def save(self, path):
        """Writes tokenizer.json of the Hugging Face tokenizers."""
        special = dict(single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
        model = {
            "type": "BPE", "dropout": None, "unk_token": "[UNK]", "continuing_subword_prefix": None,
            "end_of_word_suffix": SUFFIX, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": self.vocab, "merges": [" ".join(pair) for pair in self.merges],
        }  # fmt: skip
        tokenizer = {
            "version": "1.0", "truncation": None, "padding": None,
            "added_tokens": [{"id": i, "content": token, **special} for i, token in enumerate(SPECIALS)],
            "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": None,
            "decoder": {"type": "BPEDecoder", "suffix": SUFFIX}, "model": model,
        }  # fmt: skip
        Path(path).write_text(json.dumps(tokenizer, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load_bpe(path):
    """The tokenizer of a tokenizer.json that `Bpe.save` wrote."""
    model = json.loads(Path(path).read_text(encoding="utf-8"))["model"]
    merges = [tuple(pair.split(" ")) if isinstance(pair, str) else tuple(pair) for pair in model["merges"]]
    return Bpe(model["vocab"], merges)
