"""The palette row: image tokens ahead of the grid that carry a picture's colours (not in the paper).

A tint or another background changes every code of an ordinary dVAE, so a transformer has to learn the same object again in
each colour. Here a few colours are tokens of their own: three to a colour (red, green, blue), the background first, then the
object's main colour, then accents the model may use as it likes. Their encoder sees nothing but colour statistics (a
pixel-wise network, averaged over the picture and over its border). The decoder says for every pixel how much of each colour
it is, and adds what no palette colour explains. Trained to paint an object's neutral codes in another picture's palette,
shape and colour come apart, and a pair of them that no training picture shows is two known things. Channels are quantised
to fixed levels (Mentzer et al., "Finite scalar quantization", 2023), each position having ids of its own.
"""

import torch
import torch.nn.functional as F
from torch import nn

BACKGROUND, MAIN = 0, 1  # colours with a meaning; the others are accents


class Palette(nn.Module):
    """Encoder of `config.palette_positions` tokens with `config.palette_levels` levels each: a third as many colours."""

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

    def values(self, pictures):
        """Colours of [B, 3, S, S] in [0, 1] as [B, positions], each channel in (0, 1)."""
        x = F.avg_pool2d(pictures, 2)  # statistics need no more
        for convolution in self.pixel:
            x = F.relu(convolution(x))
        x = x.float()
        everywhere, border = x.mean((2, 3)), (x * self.ring).sum((2, 3))
        summary = F.relu(self.summary(torch.cat([everywhere, border], 1)))
        return torch.sigmoid(self.value(summary).float())

    def quantize(self, values):
        """Nearest levels, with the gradient of no quantisation."""
        top = self.levels - 1
        nearest = torch.round(values * top) / top
        return values + (nearest - values).detach()

    @torch.no_grad()
    def true_values(self, pictures, neutral, natural, backgrounds):
        """The palette of pictures we composed ourselves, as quantised values [B, positions].

        pictures [B, 3, S, S]; neutral and natural as `PictureData.draw_neutral` gives them; backgrounds [B, 3]. The main colour is the
        mean of what the key tint marks, or of all objects where nothing is marked. Accents are black.
        """
        is_object = neutral.amin(1) < 0.85
        is_main = ((neutral - natural).abs().amax(1) > 0.1) & is_object
        has_main = is_main.float().mean((1, 2), keepdim=True) > 0.02
        weight = torch.where(has_main, is_main, is_object).float()
        main = torch.einsum("bchw,bhw->bc", pictures, weight) / weight.sum((1, 2)).clamp(min=1)[:, None]
        values = torch.zeros(len(pictures), self.positions)
        values[:, :6] = torch.cat([backgrounds, main], 1)
        return self.quantize(values)

    def codes(self, values):
        """[B, positions] in (0, 1) to ids: position p has the ids p·levels to (p+1)·levels - 1."""
        level = torch.round(values * (self.levels - 1)).long()
        return level + torch.arange(self.positions) * self.levels

    def values_of(self, codes):
        """Back from ids; an id of another position counts as the level it has there."""
        return (codes % self.levels).float() / (self.levels - 1)


def colors_of(values):
    """Palette values [B, positions] as [B, colours, 3]; a row of tokens may have one or two more than whole colours need."""
    return values[:, : values.shape[1] // 3 * 3].unflatten(1, (-1, 3))


def paint(output, values):
    """Raw decoder output [B, 3 + 1 + colours, S, S] and palette values [B, positions] to pixels [B, 3, S, S].

    Channels: what is added; then the shares (before a softmax) of no palette colour and of each.
    """
    colors = colors_of(values)
    shares = output[:, 3:].softmax(1)[:, 1:]
    return output[:, :3] + torch.einsum("bkhw,bkc->bchw", shares, colors)
