"""Stage 3: the contrastive model that ranks candidates (section 2.6; Radford et al. 2021).

Parameter names are those of Hugging Face `CLIPModel` (including its spelling `pre_layrnorm`), so one exporter serves both.
"""

import torch
import torch.nn.functional as F
from torch import nn


def quick_gelu(x):
    """The GELU that CLIP was trained with: x · σ(1.702 x)."""
    return x * torch.sigmoid(1.702 * x)


class SelfAttention(nn.Module):
    """x [B, T, width] and an additive mask [T, T] or None to [B, T, width]."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x, mask):
        batch, length, width = x.shape
        split = lambda y: y.view(batch, length, self.heads, -1).transpose(1, 2)  # noqa: E731  [B, H, T, D]
        q, k, v = split(self.q_proj(x)), split(self.k_proj(x)), split(self.v_proj(x))
        scores = (q * (width // self.heads) ** -0.5) @ k.transpose(2, 3)
        weights = F.softmax(scores.float() if mask is None else scores.float() + mask, -1).to(v.dtype)
        return self.out_proj((weights @ v).transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    """[B, T, width] to the same through four times the width."""

    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x):
        return self.fc2(quick_gelu(self.fc1(x)))


class EncoderLayer(nn.Module):
    """Attention, then MLP, each behind a norm and beside the residual stream; arguments as SelfAttention's."""

    def __init__(self, width, heads):
        super().__init__()
        self.layer_norm1 = nn.LayerNorm(width)
        self.self_attn = SelfAttention(width, heads)
        self.layer_norm2 = nn.LayerNorm(width)
        self.mlp = Mlp(width)

    def forward(self, x, mask):
        x = x + self.self_attn(self.layer_norm1(x), mask)
        return x + self.mlp(self.layer_norm2(x))


class LayerStack(nn.Module):
    """`count` layers; arguments as SelfAttention's."""

    def __init__(self, width, heads, count):
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(width, heads) for _ in range(count))

    def forward(self, x, mask=None):
        for layer in self.layers:
            x = layer(x, mask)
        return x


class TextEmbeddings(nn.Module):
    """Ids [B, T] to [B, T, text width]."""

    def __init__(self, config):
        super().__init__()
        self.token_embedding = nn.Embedding(config.text_vocabulary, config.text_width)
        self.position_embedding = nn.Embedding(config.text_length, config.text_width)

    def forward(self, ids):
        return self.token_embedding(ids) + self.position_embedding.weight[: ids.shape[1]]


class TextModel(nn.Module):
    """A causal encoder of captions; what stands after the first eos changes nothing."""

    def __init__(self, config):
        super().__init__()
        self.eos = config.eos
        self.embeddings = TextEmbeddings(config)
        self.encoder = LayerStack(config.text_width, config.text_heads, config.text_layers)
        self.final_layer_norm = nn.LayerNorm(config.text_width)

    def forward(self, ids):
        """Ids [B, T], each row with an eos, to the state at the first eos, [B, text width]."""
        length = ids.shape[1]
        mask = torch.full((length, length), -1e9).triu(1)
        x = self.final_layer_norm(self.encoder(self.embeddings(ids), mask))
        return x[torch.arange(len(ids)), (ids == self.eos).int().argmax(1)]


class VisionEmbeddings(nn.Module):
    """Normalised pictures [B, 3, side, side] to a class token and patches, [B, 1 + patches, vision width]."""

    def __init__(self, config):
        super().__init__()
        patches = (config.image_side // config.patch) ** 2
        self.class_embedding = nn.Parameter(torch.randn(config.vision_width) * 0.02)
        self.patch_embedding = nn.Conv2d(3, config.vision_width, config.patch, config.patch, bias=False)
        self.position_embedding = nn.Embedding(patches + 1, config.vision_width)

    def forward(self, pictures):
        patches = self.patch_embedding(pictures).flatten(2).transpose(1, 2).float()  # [B, patches, width]
        first = self.class_embedding.expand(len(pictures), 1, -1)
        return torch.cat([first, patches], 1) + self.position_embedding.weight


class VisionModel(nn.Module):
    """A vision transformer (Dosovitskiy et al. 2020)."""

    def __init__(self, config):
        super().__init__()
        self.embeddings = VisionEmbeddings(config)
        self.pre_layrnorm = nn.LayerNorm(config.vision_width)
        self.encoder = LayerStack(config.vision_width, config.vision_heads, config.vision_layers)
        self.post_layernorm = nn.LayerNorm(config.vision_width)

    def forward(self, pictures):
        """Normalised pictures [B, 3, side, side] to the class token's state, [B, vision width]."""
        x = self.encoder(self.pre_layrnorm(self.embeddings(pictures)))
        return self.post_layernorm(x[:, 0])


class Clip(nn.Module):
    """Captions and pictures as unit vectors of one space, and the scale of their cosines in training."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.text_model = TextModel(config)
        self.vision_model = VisionModel(config)
        self.text_projection = nn.Linear(config.text_width, config.projection, bias=False)
        self.visual_projection = nn.Linear(config.vision_width, config.projection, bias=False)
        self.logit_scale = nn.Parameter(torch.tensor(2.6593))  # ln(1 / 0.07)
        for name, parameter in self.named_parameters():
            if name.endswith("embedding.weight") and parameter.ndim == 2:
                nn.init.normal_(parameter, std=0.02)

    def embed_text(self, ids):
        """[B, text length] to unit vectors [B, projection]."""
        return F.normalize(self.text_projection(self.text_model(ids)).float(), dim=-1)

    def embed_pictures(self, pictures):
        """[B, 3, side, side] in [0, 1] to unit vectors [B, projection]; ValueError at another side."""
        side = self.config.image_side
        if pictures.shape[1:] != (3, side, side):
            raise ValueError(f"CLIP reads [B, 3, {side}, {side}], got {list(pictures.shape)}")
        mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (self.config.mean, self.config.std))
        return F.normalize(self.visual_projection(self.vision_model((pictures - mean) / std)).float(), dim=-1)


def frame_text(ids, config):
    """bos, BPE ids (cut to fit), eos, pads: a list of text_length ids."""
    ids = [config.bos, *ids[: config.text_length - 2], config.eos]
    return ids + [config.pad] * (config.text_length - len(ids))
