"""The palette row: a few image tokens ahead of the grid that carry a picture's colours (not in the paper).

A tint or another background changes every code of an ordinary dVAE, so a transformer has to learn the same object again in
each colour. Here the encoder of the palette sees nothing but colour statistics (a pixel-wise network, averaged over the
picture and over its border), the decoder of the palette scales and shifts the features of every group of the picture's
decoder. Trained to paint an object's natural-coloured codes in another picture's palette, shape and colour come apart, and
a pair of them that no training picture shows is two known things. Values are quantised to fixed levels (Mentzer et al.,
"Finite scalar quantization", 2023), each position having ids of its own.
"""

import torch
import torch.nn.functional as F
from torch import nn


class Palette(nn.Module):
    """Encoder and decoder of `config.palette_positions` tokens with `config.palette_levels` levels each."""

    def __init__(self, config):
        super().__init__()
        self.positions, self.levels = config.palette_positions, config.palette_levels
        hidden = config.palette_width
        self.pixel = nn.ModuleList([nn.Conv2d(3, hidden, 1), nn.Conv2d(hidden, hidden, 1)])
        self.summary = nn.Linear(2 * hidden, hidden)
        self.value = nn.Linear(hidden, self.positions)
        side = config.encoder_side // 2
        border = max(1, side // 24)
        ring = torch.ones(side, side)
        ring[border:-border, border:-border] = 0
        self.register_buffer("ring", ring / ring.sum(), persistent=False)
        self.widths = (config.decoder_channels[0], *config.decoder_channels)
        self.mix = nn.Linear(self.positions, hidden)
        self.film = nn.Linear(hidden, 2 * sum(self.widths))
        nn.init.zeros_(self.film.weight)
        nn.init.zeros_(self.film.bias)

    def values(self, pictures):
        """Colours of [B, 3, S, S] in [0, 1] as [B, positions], each in (-1, 1)."""
        x = F.avg_pool2d(pictures, 2)  # statistics need no more
        for convolution in self.pixel:
            x = F.relu(convolution(x))
        x = x.float()
        everywhere, border = x.mean((2, 3)), (x * self.ring).sum((2, 3))
        return torch.tanh(self.value(F.relu(self.summary(torch.cat([everywhere, border], 1)))).float())

    def quantize(self, values):
        """Nearest levels, with the gradient of no quantisation."""
        top = self.levels - 1
        nearest = torch.round((values + 1) / 2 * top) / top * 2 - 1
        return values + (nearest - values).detach()

    def codes(self, values):
        """[B, positions] in (-1, 1) to ids: position p has the ids p·levels to (p+1)·levels - 1."""
        level = torch.round((values + 1) / 2 * (self.levels - 1)).long()
        return level + torch.arange(self.positions) * self.levels

    def values_of(self, codes):
        """Back from ids; an id of another position counts as the level it has there."""
        return (codes % self.levels).float() / (self.levels - 1) * 2 - 1

    def scales(self, values):
        """One (scale, shift) for the input of every decoder group and of the output, each [B, C, 1, 1]."""
        film = self.film(F.relu(self.mix(values)))
        parts = film[:, :, None, None].split([width for width in self.widths for _ in range(2)], 1)
        return list(zip(parts[::2], parts[1::2]))


def paint(x, scales):
    """Applies one (scale, shift); nothing without a palette."""
    if scales is None:
        return x
    scale, shift = scales
    return x * (1 + scale) + shift
