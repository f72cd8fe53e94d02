"""Writes a tiny random weights folder for fast tests: `python3 -m models.training.tiny --out DIR [--seed N] [--size tiny]`.

Same format as a real pack, deterministic from the seed. Width 32, 2 layers, 8 text positions, 4×4 codes, 32×32 pixels.
"""

import argparse
from collections import Counter

import torch

from .bpe import train_bpe
from .clip import Clip
from .config import SIZES
from .dvae import Dvae
from .transformer import Transformer
from .weights import write_weights

IDENTITY = {
    "id": "tiny", "name": "Tiny random pack", "version": "0.1.0", "licence": "Apache-2.0",
    "attribution": ["Random numbers: draws noise"],
}  # fmt: skip
# The printable ASCII alphabet alone needs 140 ids, so the tiny tokenizer knows only these letters; others are [UNK].
ALPHABET = "abcdeghilnoprtuw"


def tiny_bpe(vocabulary):
    """A tokenizer of at most `vocabulary` ids that knows a few words."""
    words = Counter("a red apple on a white background a blue cat a green house".split())
    return train_bpe(words, vocabulary, alphabet=list(ALPHABET))


@torch.no_grad()
def spread_codes(dvae):
    """Rescales random layers so that different pictures get different codes and codes draw different pixels."""
    side = dvae.config.encoder_side
    pictures = torch.rand(16, 3, side // 4, side // 4).repeat_interleave(4, 2).repeat_interleave(4, 3)
    to_latent = dvae.quantizer.to_latent
    latents = dvae.quantizer.latents(dvae.features(pictures))
    to_latent.weight.div_(latents.std(0)[:, None, None, None])
    to_latent.bias.sub_(latents.mean(0)).div_(latents.std(0))
    dvae.decoder.output.weight.mul_(4)
    dvae.decoder.output.bias.fill_(0.5)


@torch.no_grad()
def spread_palette(palette):
    """Lets colours differ: untrained, every picture gets nearly the same palette."""
    palette.value.weight.mul_(100)


def write_tiny(folder, seed=1, size="tiny"):
    """Writes the weights folder of a size of config.py."""
    size = SIZES[size]
    torch.manual_seed(seed)
    transformer, dvae, clip = Transformer(size.transformer), Dvae(size.dvae), Clip(size.clip)
    with torch.no_grad():
        for parameter in transformer.parameters():
            parameter.add_(torch.randn_like(parameter) * (0.3 if parameter.ndim > 1 else 0.1))  # nothing stays zero or one
        transformer.head.weight.mul_(3)
        spread_codes(dvae)
        if dvae.palette:
            spread_palette(dvae.palette)
    write_weights(folder, transformer, dvae, clip, tiny_bpe(size.transformer.text_vocabulary), IDENTITY)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", default="tiny", choices=["tiny", "tiny-palette"])
    args = parser.parse_args()
    write_tiny(args.out, args.seed, args.size)


if __name__ == "__main__":
    main()
