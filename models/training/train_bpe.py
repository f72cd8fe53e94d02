"""Trains the caption tokenizer: `python3 -m models.training.train_bpe [--data DIR] [--out FILE] [--vocabulary 1024]`."""

import argparse
from collections import Counter
from pathlib import Path

from .bpe import split_words, train_bpe
from .pictures import PictureData


def count_words(data):
    """Words of the training captions; held-out scenes do not vote."""
    counts = Counter()
    for scene in data.scenes:
        if scene.split == "train":
            for caption in scene.captions:
                counts.update(split_words(caption))
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="models/work/dataset")
    parser.add_argument("--out", default="models/work/tokenizer.json")
    parser.add_argument("--vocabulary", type=int, default=1024)
    args = parser.parse_args()
    counts = count_words(PictureData(args.data))
    bpe = train_bpe(counts, args.vocabulary)
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    bpe.save(args.out)
    whole = sum(len(bpe.encode_word(word)) == 1 for word in counts)
    print(f"{len(bpe.vocab)} tokens, {len(bpe.merges)} merges; {whole} of {len(counts)} words are one token")


if __name__ == "__main__":
    main()
