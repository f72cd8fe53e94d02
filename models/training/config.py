"""Every size in one place, and the named sizes at the end."""

from dataclasses import dataclass, field, replace
from typing import Tuple


@dataclass(frozen=True)
class DvaeConfig:
    """Stage 1 (paper section 2.1 and appendix A)."""

    vocabulary: int = 1024
    encoder_side: int = 96
    picture_side: int = 192
    encoder_channels: Tuple[int, ...] = (32, 64, 128, 192)
    encoder_blocks: Tuple[int, ...] = (1, 1, 1, 2)
    # Kernels of a block's residual path, per group. The coarse groups use 1x1, so a code sees its own cell and half
    # of each neighbour: a background or tint far away then leaves it alone.
    encoder_kernels: Tuple[Tuple[int, ...], ...] = ((3, 3), (3, 3), (3, 1), (1, 1))
    downsample: Tuple[int, ...] = (2, 2, 2, 1)
    stem_kernel: int = 5
    decoder_channels: Tuple[int, ...] = (256, 128, 64, 32)
    decoder_blocks: Tuple[int, ...] = (2, 2, 2, 1)
    decoder_kernels: Tuple[Tuple[int, ...], ...] = ((3, 3),) * 4
    upsample: Tuple[int, ...] = (2, 2, 2, 2)
    output_kernel: int = 3
    bottleneck: int = 2
    gain: float = 0.5
    quantizer: str = "vq"  # or "gumbel" (the paper's)
    latent_width: int = 32  # of the VQ codebook, before the decoder's first convolution
    pixels: str = "unit"  # or "logit-laplace" (the paper's)
    # Each output pixel of the last convolution becomes shuffle x shuffle pixels (Shi et al. 2016): a large picture for little.
    shuffle: int = 1
    palette_positions: int = 0  # tokens ahead of the grid, three a colour (palette.py); 0 or a whole row
    palette_levels: int = 16
    palette_width: int = 64


@dataclass(frozen=True)
class TransformerConfig:
    """Stage 2 (section 2.2 and appendix B)."""

    width: int = 192
    layers: int = 6
    heads: int = 3
    head_width: int = 64
    mlp_width: int = 768
    activation: str = "relu2"
    qk_norm: bool = True
    norm_eps: float = 1e-5
    text_length: int = 24
    text_vocabulary: int = 1024
    rows: int = 12
    columns: int = 12
    image_vocabulary: int = 1024
    bos: int = 1
    attention: Tuple[str, ...] = ()  # "dense", "row", "column" or "convolution" per layer; empty means dense
    convolution_kernel: int = 11
    palette_rows: int = 0  # of `rows`, those at the top that hold colours instead of places

    @property
    def image_length(self):
        """Image tokens, the palette's among them."""
        return self.rows * self.columns

    @property
    def length(self):
        """Tokens of a whole sequence."""
        return self.text_length + self.image_length

    @property
    def first_code(self):
        """Id of image code 0: text ids come first, then a padding id for every text position."""
        return self.text_vocabulary + self.text_length

    @property
    def vocabulary(self):
        """Ids of every kind."""
        return self.first_code + self.image_vocabulary

    @property
    def layouts(self):
        """The attention layout of every layer."""
        return self.attention or ("dense",) * self.layers


@dataclass(frozen=True)
class ClipConfig:
    """Stage 3 (section 2.6)."""

    image_side: int = 96
    patch: int = 12
    text_length: int = 24
    text_vocabulary: int = 1024
    bos: int = 1
    eos: int = 2
    pad: int = 0
    text_width: int = 192
    text_layers: int = 3
    text_heads: int = 6
    vision_width: int = 192
    vision_layers: int = 6
    vision_heads: int = 6
    projection: int = 192
    mean: Tuple[float, ...] = (0.5, 0.5, 0.5)
    std: Tuple[float, ...] = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class TrainConfig:
    """What the trainer needs to know; nothing of the model."""

    steps: int = 1000
    warmup: int = 50
    decay_from: float = 0.4  # share of the steps after which the rate falls linearly
    final_rate: float = 0.02  # share of the peak rate at the last step
    ema: float = 0.0  # 0 keeps no average
    ema_every: int = 1
    clip_norm: float = 1.0
    checkpoint_every_seconds: float = 150.0
    log_every: int = 50
    seed: int = 1


def layouts_of_paper(layers=64):
    """Appendix B: column where (i - 2) mod 4 = 0 counted from 1, the last layer convolutional, all others row."""
    names = ["column" if (i - 2) % 4 == 0 else "row" for i in range(1, layers + 1)]
    names[-1] = "convolution"
    return tuple(names)


@dataclass(frozen=True)
class PackSize:
    """The three models of one pack."""

    dvae: DvaeConfig = field(default_factory=DvaeConfig)
    transformer: TransformerConfig = field(default_factory=TransformerConfig)
    clip: ClipConfig = field(default_factory=ClipConfig)


SIZES = {
    # 12 billion parameters: for machines of another kind than ours. The paper says nothing of its CLIP's size, so that is ViT-B/32's
    # (Radford et al. 2021), which reads this tokenizer's ids.
    "paper": PackSize(
        DvaeConfig(
            vocabulary=8192, encoder_side=256, picture_side=256, encoder_channels=(256, 512, 1024, 2048), encoder_blocks=(2,) * 4,
            encoder_kernels=((3, 3, 3, 1),) * 4, stem_kernel=7, decoder_channels=(2048, 1024, 512, 256), decoder_blocks=(2,) * 4,
            decoder_kernels=((1, 3, 3, 3),) * 4, upsample=(2, 2, 2, 1), output_kernel=1, bottleneck=4, gain=1 / 64,
            quantizer="gumbel", pixels="logit-laplace",
        ),
        TransformerConfig(
            width=3968, layers=64, heads=62, head_width=64, mlp_width=15872, activation="gelu", qk_norm=False, text_length=256,
            text_vocabulary=16384, rows=32, columns=32, image_vocabulary=8192, attention=layouts_of_paper(),
        ),
        ClipConfig(
            image_side=224, patch=32, text_length=256, text_vocabulary=16384, text_width=512, text_layers=12, text_heads=8,
            vision_width=768, vision_layers=12, vision_heads=12, projection=512,
        ),
    ),
    "starter": PackSize(),
    # Pictures of 288 px from the same 12x12 grid, and a row of palette tokens ahead of it.
    "studio": PackSize(
        DvaeConfig(vocabulary=2048, picture_side=288, upsample=(2, 2, 2, 1), shuffle=3, decoder_channels=(256, 128, 64, 32),
                   palette_positions=12),
        TransformerConfig(rows=13, palette_rows=1, image_vocabulary=2048),
    ),
    "tiny": PackSize(
        DvaeConfig(
            vocabulary=32, encoder_side=32, picture_side=32, encoder_channels=(8, 8, 12, 16), encoder_blocks=(1,) * 4,
            decoder_channels=(16, 12, 8, 8), decoder_blocks=(1,) * 4, decoder_kernels=((3, 3),) * 4, upsample=(2, 2, 2, 1),
            latent_width=8,
        ),
        TransformerConfig(
            width=32, layers=2, heads=2, head_width=16, mlp_width=64, text_length=8, text_vocabulary=64, rows=4, columns=4,
            image_vocabulary=32,
        ),
        ClipConfig(
            image_side=32, patch=8, text_length=8, text_vocabulary=64, text_width=32, text_layers=2, text_heads=2,
            vision_width=32, vision_layers=2, vision_heads=2, projection=16,
        ),
    ),
}  # fmt: skip

# The tiny models with a vocabulary that holds the whole alphabet: every stage can be run on it in seconds.
SIZES["tiny-palette"] = PackSize(
    replace(
        SIZES["tiny"].dvae, vocabulary=64, palette_positions=12, palette_levels=5, palette_width=8, shuffle=2, picture_side=64,
    ),  # fmt: skip
    replace(SIZES["tiny"].transformer, rows=7, palette_rows=3, image_vocabulary=64),
    SIZES["tiny"].clip,
)
SIZES["smoke"] = PackSize(
    SIZES["tiny"].dvae,
    replace(SIZES["tiny"].transformer, text_vocabulary=256, text_length=16),
    replace(SIZES["tiny"].clip, text_vocabulary=256, text_length=16),
)
