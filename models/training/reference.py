"""What PyTorch computes from a weights folder, for the engine's parity tests.

    python3 -m models.training.reference --weights DIR (--text "a red apple" | --text-ids 5,9,12) \
        [--image-prefix 3,17,4] [--codes 1,2,...] [--json FILE|-]

Decodes greedily (the whole picture, after the prefix if given; or scores the given codes), and writes one JSON object:
  textIds        BPE ids of the caption        transformerText  bos, ids and pad ids as the transformer reads them
  nullText       the null caption's ids        clipText         bos, ids, eos, pad as CLIP reads them
  greedy         codes [rows·columns] (with the prefix as its start)
  logits         [rows·columns][imageVocabulary]: row i is what code i was chosen from
  nullLogits     the same with the null caption and the same codes (for guidance)
  pixels         [3][height][width] in [0, 1], decoded from `greedy`
  encoded        codes of those pixels, area-averaged to the encoder's size, and encoderMargin: how clear each code is
  clip           textEmbedding, imageEmbedding (of `pixels`), score (their cosine), logitScale
All numbers are fp32.
"""

import argparse
import json
import sys

import torch

from .clip import frame_text
from .pictures import shrink
from .sampler import SamplingConfig, sample
from .transformer import pad_text
from .weights import read_weights


@torch.no_grad()
def all_image_logits(model, text_ids, codes):
    """One uncached pass: [B, image length, K]."""
    return model.image_logits(model.read_codes(text_ids, codes)[1])


@torch.no_grad()
def encoder_margin(dvae, small):
    """How clear each code is: a near tie may round either way.

    Best minus second-best logit of every cell; ahead of them, how far each palette level is from the next, in levels.
    """
    best = dvae.code_logits(small).flatten(1, 2).topk(2).values
    margin = (best[..., 0] - best[..., 1])[0]
    if dvae.palette is None:
        return margin
    level = dvae.palette.values(small)[0] * (dvae.palette.levels - 1)
    return torch.cat([0.5 - (level - level.round()).abs(), margin])


@torch.no_grad()
def compute_reference(weights, text_ids, prefix=None, codes=None):
    """The object that this file's head describes; ids and codes are lists. ValueError where `codes` are too few or too many."""
    transformer, dvae, clip = weights.transformer, weights.dvae, weights.clip
    size = transformer.config
    text = torch.tensor([pad_text(text_ids, size)])
    null = torch.tensor([pad_text([], size)])
    if codes is None:
        prefix = torch.tensor([prefix]) if prefix else None
        greedy, logits = sample(transformer, text, SamplingConfig(is_greedy=True), None, prefix)
    else:
        greedy = torch.tensor([codes])
        if greedy.shape[1] != size.image_length:
            raise ValueError(f"--codes needs {size.image_length} codes, got {greedy.shape[1]}")
        logits = all_image_logits(transformer, text, greedy)
    pixels = dvae.decode(greedy, size.rows)
    small = shrink(pixels, dvae.config.encoder_side)
    clip_text = frame_text(text_ids, clip.config)
    text_embedding = clip.embed_text(torch.tensor([clip_text]))
    image_embedding = clip.embed_pictures(shrink(pixels, clip.config.image_side))
    return {
        "textIds": text_ids, "transformerText": text[0].tolist(), "nullText": null[0].tolist(), "clipText": clip_text,
        "greedy": greedy[0].tolist(), "logits": logits[0].tolist(),
        "nullLogits": all_image_logits(transformer, null, greedy)[0].tolist(), "pixels": pixels[0].tolist(),
        "encoded": dvae.encode(small)[0].tolist(), "encoderMargin": encoder_margin(dvae, small).tolist(),
        "clip": {
            "textEmbedding": text_embedding[0].tolist(), "imageEmbedding": image_embedding[0].tolist(),
            "score": (text_embedding @ image_embedding.T).item(), "logitScale": clip.logit_scale.item(),
        },
    }  # fmt: skip


def parse_ids(text):
    """ "5,9,12" as a list; nothing as an empty one."""
    return [int(part) for part in text.split(",") if part.strip()] if text else []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True, help="folder of docs/weights-format.md")
    caption = parser.add_mutually_exclusive_group(required=True)
    caption.add_argument("--text", help="a caption, encoded with the folder's tokenizer.json")
    caption.add_argument("--text-ids", help="BPE ids, comma-separated, without bos and padding")
    parser.add_argument("--image-prefix", help="codes that stay, comma-separated")
    parser.add_argument("--codes", help="score these codes instead of decoding greedily")
    parser.add_argument("--json", default="-", help="file to write, or - for standard output")
    args = parser.parse_args()
    weights = read_weights(args.weights)
    text_ids = weights.bpe.encode(args.text) if args.text is not None else parse_ids(args.text_ids)
    result = compute_reference(weights, text_ids, parse_ids(args.image_prefix), parse_ids(args.codes) or None)
    if args.json == "-":
        json.dump(result, sys.stdout)
        return
    with open(args.json, "w", encoding="utf-8") as out:
        json.dump(result, out)


if __name__ == "__main__":
    main()
