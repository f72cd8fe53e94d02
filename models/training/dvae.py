"""Stage 1: the discrete variational autoencoder (paper section 2.1, appendix A).

Notable choices: no normalisation (each code stays local), residual branches with a constant gain, max-pool down and
nearest-neighbour up, a decoder that may draw larger than the encoder reads. The quantiser is a part of its own:
`VectorQuantizer` (measured best at this budget) or `GumbelQuantizer` (the paper's). Both export to the same tensors,
because the nearest codeword is an argmax of affine logits: 2·E·z - |E|².
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from .likelihood import from_logit_laplace, to_logit_laplace
from .palette import Palette, paint


class Block(nn.Module):
    """[B, channels in, H, W] to [B, channels out, H, W]: x + gain · path(x); path is a chain of ReLU and convolution through a bottleneck."""

    def __init__(self, channels_in, channels_out, kernels, bottleneck, gain):
        super().__init__()
        self.gain = gain
        hidden = max(4, channels_out // bottleneck)
        widths = [channels_in] + [hidden] * (len(kernels) - 1) + [channels_out]
        self.id_path = nn.Conv2d(channels_in, channels_out, 1) if channels_in != channels_out else None
        self.res_path = nn.ModuleList(
            nn.Conv2d(a, b, k, padding=k // 2) for a, b, k in zip(widths, widths[1:], kernels)
        )

    def forward(self, x):
        branch = x
        for convolution in self.res_path:
            branch = convolution(F.relu(branch))
        skip = x if self.id_path is None else self.id_path(x)
        return skip + self.gain * branch


class Group(nn.Module):
    """Blocks of one resolution."""

    def __init__(self, channels_in, channels_out, count, kernels, config):
        super().__init__()
        self.blocks = nn.ModuleList(
            Block(channels_in if i == 0 else channels_out, channels_out, kernels, config.bottleneck, config.gain)
            for i in range(count)
        )

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x


class Encoder(nn.Module):
    """[B, 3, side, side] to features [B, C, rows, columns], after the last ReLU."""

    def __init__(self, config):
        super().__init__()
        channels = config.encoder_channels
        self.downsample = config.downsample
        self.input = nn.Conv2d(3, channels[0], config.stem_kernel, padding=config.stem_kernel // 2)
        self.groups = nn.ModuleList(
            Group(channels[max(i - 1, 0)], channels[i], config.encoder_blocks[i], config.encoder_kernels[i], config)
            for i in range(len(channels))
        )

    def forward(self, x):
        x = self.input(x)
        for group, factor in zip(self.groups, self.downsample):
            x = group(x)
            if factor > 1:
                x = F.max_pool2d(x, factor)
        return F.relu(x)


class Decoder(nn.Module):
    """Code embeddings [B, C, rows, columns] to [B, 3 or 6 (and the palette's), picture side, picture side]."""

    def __init__(self, config):
        super().__init__()
        channels = config.decoder_channels
        self.upsample = config.upsample
        self.groups = nn.ModuleList(
            Group(channels[max(i - 1, 0)], channels[i], config.decoder_blocks[i], config.decoder_kernels[i], config)
            for i in range(len(channels))
        )
        self.shuffle = config.shuffle
        outputs = 6 if config.pixels == "logit-laplace" else 3
        if config.palette_positions:
            outputs += 1 + config.palette_positions // 3
        outputs *= config.shuffle**2
        self.output = nn.Conv2d(channels[-1], outputs, config.output_kernel, padding=config.output_kernel // 2)

    def forward(self, x):
        for group, factor in zip(self.groups, self.upsample):
            x = group(x)
            if factor > 1:
                x = F.interpolate(x, scale_factor=factor, mode="nearest")
        return F.pixel_shuffle(self.output(F.relu(x)), self.shuffle)


class VectorQuantizer(nn.Module):
    """Nearest codeword with a straight-through gradient; the codebook follows its members (EMA)."""

    def __init__(self, config):
        super().__init__()
        self.to_latent = nn.Conv2d(config.encoder_channels[-1], config.latent_width, 1)
        self.from_latent = nn.Conv2d(config.latent_width, config.decoder_channels[0], 1)
        self.register_buffer("codebook", torch.randn(config.vocabulary, config.latent_width))
        self.register_buffer("counts", torch.ones(config.vocabulary))
        self.register_buffer("sums", self.codebook.clone())

    def latents(self, features):
        """[B, C, h, w] to [B·h·w, latent width]."""
        return self.to_latent(features).float().permute(0, 2, 3, 1).flatten(0, 2)

    def codes_of(self, latents):
        """Nearest codewords of [n, latent width]: ids [n]."""
        return (2 * latents @ self.codebook.T - self.codebook.square().sum(1)).argmax(1)

    def forward(self, features, mode):
        """Features [B, C, h, w] to decoder input [B, decoder channels, h, w], codes [B·h·w], extra loss and latents [B·h·w, width].

        Modes: "continuous" (no quantisation; codes are None), "train", "frozen" (no gradient to the encoder).
        """
        batch, _, rows, columns = features.shape
        latents = self.latents(features)
        codes = None if mode == "continuous" else self.codes_of(latents.detach())
        quantized, extra = latents, latents.new_zeros(())
        if mode == "continuous":
            extra = 0.002 * latents.square().mean()  # keeps the scale of the latents from drifting
        else:
            nearest = self.codebook[codes]
            extra = 0.25 * F.mse_loss(latents, nearest) if mode == "train" else extra
            # Frozen: no gradient passes, so the codes stay what they are while the decoder goes on learning.
            quantized = latents + (nearest - latents).detach() if mode == "train" else nearest
        grid = quantized.view(batch, rows, columns, -1).permute(0, 3, 1, 2)
        return self.from_latent(grid), codes, extra, latents

    @torch.no_grad()
    def follow(self, latents, codes, generator, decay=0.98, revive_below=0.02):
        """Moves codewords to the mean of their members; a dead one jumps onto a latent far from its codeword."""
        size = len(self.codebook)
        counts = torch.bincount(codes, minlength=size).float()
        sums = torch.zeros_like(self.sums).index_add_(0, codes, latents)
        self.counts.lerp_(counts, 1 - decay)
        self.sums.lerp_(sums, 1 - decay)
        dead = (self.counts < revive_below).nonzero()[:, 0]
        if len(dead):
            distance = (latents - self.codebook[codes]).square().sum(1)
            dead = dead[: min(len(dead), 16)]
            chosen = torch.multinomial(distance + 1e-9, len(dead), generator=generator)
            self.sums[dead], self.counts[dead] = latents[chosen], 1.0
        self.codebook.copy_(self.sums / self.counts[:, None].clamp(min=1e-5))

    def logit_head(self):
        """Weight [K, C] and bias [K] of the encoder's output convolution."""
        weight, bias = self.to_latent.weight[:, :, 0, 0], self.to_latent.bias
        return 2 * self.codebook @ weight, 2 * self.codebook @ bias - self.codebook.square().sum(1)

    def decoder_codebook(self):
        """[K, C]: the decoder's first 1x1 convolution applied to one-hot codes."""
        return self.codebook @ self.from_latent.weight[:, :, 0, 0].T + self.from_latent.bias


class GumbelQuantizer(nn.Module):
    """The paper's relaxation: Gumbel-softmax at a falling temperature, with KL to the uniform prior."""

    def __init__(self, config):
        super().__init__()
        self.head = nn.Conv2d(config.encoder_channels[-1], config.vocabulary, 1)
        self.codebook = nn.Parameter(torch.randn(config.vocabulary, config.decoder_channels[0]) * 0.1)

    def forward(self, features, mode, temperature=1.0, kl_weight=0.0, generator=None):
        """Features [B, C, h, w] to decoder input [B, decoder channels, h, w], codes by argmax [B·h·w], extra loss, and None for latents.

        Modes: "train" (a relaxed sample, whose noise `generator` draws), "frozen" (the codes; no gradient to encoder or head).
        """
        logits = self.head(features).float()  # [B, K, h, w]
        codes = logits.argmax(1)
        if mode == "frozen":
            weights, extra = F.one_hot(codes, logits.shape[1]).permute(0, 3, 1, 2).float(), logits.new_zeros(())
        else:
            noise = -torch.empty_like(logits).exponential_(generator=generator).log()
            weights, extra = F.softmax((logits + noise) / temperature, 1), kl_weight * kl_to_uniform(logits)
        return torch.einsum("bkhw,kc->bchw", weights, self.codebook), codes.flatten(), extra, None

    def logit_head(self):
        """As that of `VectorQuantizer`."""
        return self.head.weight[:, :, 0, 0], self.head.bias

    def decoder_codebook(self):
        """As that of `VectorQuantizer`."""
        return self.codebook


def kl_to_uniform(logits):
    """KL(q || uniform) = log K - H(q) in nats a token, of logits [B, K, h, w]."""
    log_probabilities = F.log_softmax(logits, 1)
    entropy = -(log_probabilities.exp() * log_probabilities).sum(1).mean()
    return math.log(logits.shape[1]) - entropy


def grid_of(config):
    """Rows (and columns) of places a dVAE makes."""
    return config.encoder_side // math.prod(config.downsample)


def token_rows_of(config):
    """Rows of tokens: those of the palette, then those of the grid."""
    return grid_of(config) + config.palette_positions // grid_of(config)


class Dvae(nn.Module):
    """Encoder, quantiser, decoder and, where the configuration has one, palette. Tokens are the palette's, then the grid's."""

    def __init__(self, config):
        super().__init__()
        if config.palette_positions and config.pixels != "unit":
            raise ValueError('a palette paints plain pixels: pixels must be "unit"')
        self.config = config
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.quantizer = (GumbelQuantizer if config.quantizer == "gumbel" else VectorQuantizer)(config)
        self.palette = Palette(config) if config.palette_positions else None

    def features(self, pictures):
        """Encoder features of [B, 3, encoder side, encoder side] in [0, 1]."""
        side = self.config.encoder_side
        if pictures.shape[1:] != (3, side, side):
            raise ValueError(f"the encoder reads [B, 3, {side}, {side}], got {list(pictures.shape)}")
        x = to_logit_laplace(pictures) if self.config.pixels == "logit-laplace" else pictures
        return self.encoder(x.contiguous(memory_format=torch.channels_last))

    def code_logits(self, pictures):
        """[B, 3, encoder side, encoder side] in [0, 1] to [B, rows, columns, vocabulary]; codes are their argmax."""
        features = self.features(pictures).float()
        # Codes that mean nearly the same differ by hundredths, and bfloat16 is exact to 0.5 at their sums: rounding would choose between them.
        with torch.autocast("cpu", enabled=False):
            weight, bias = self.quantizer.logit_head()
            return torch.einsum("bchw,kc->bhwk", features, weight) + bias

    @torch.no_grad()
    def encode(self, pictures, colors=None):
        """Codes [B, rows·columns] in raster order, the palette's ahead of them if there is one.

        `colors` are palette values [B, positions], where they are known or meant to differ from the pictures'.
        """
        codes = self.code_logits(pictures).argmax(-1).flatten(1)
        if self.palette is None:
            return codes
        colors = self.palette.values(pictures) if colors is None else colors
        return torch.cat([self.palette.codes(colors), codes], 1)

    def decode_features(self, grid, colors=None):
        """Decoder input [B, C, rows, columns] and palette values [B, P] to raw outputs, before they become pixels."""
        output = self.decoder(grid.contiguous(memory_format=torch.channels_last)).float()
        return output if colors is None else paint(output, colors)

    @torch.no_grad()
    def decode(self, codes, rows):
        """Codes [B, rows·columns], the palette's first (`rows` counts them), to pictures [B, 3, side, side] in [0, 1]."""
        colors = None
        if self.palette is not None:
            first = self.config.palette_positions
            rows -= first * rows // codes.shape[1]
            colors, codes = self.palette.values_of(codes[:, :first]), codes[:, first:]
        grid = self.quantizer.decoder_codebook()[codes].unflatten(1, (rows, -1)).permute(0, 3, 1, 2)
        return self.to_pixels(self.decode_features(grid, colors))

    def to_pixels(self, output):
        """Raw outputs to pictures [B, 3, side, side] in [0, 1]."""
        if self.config.pixels == "logit-laplace":
            return from_logit_laplace(output)
        return output.clamp(0, 1)
