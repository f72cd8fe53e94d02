"""Stage 2: a decoder-only transformer over text then image tokens (paper section 2.2, appendix B).

Notable choices: one sequence and one softmax over text and image keys; a learned embedding for every text position's
padding; row and column embeddings for image tokens; QK-norm, squared ReLU and zero-initialised output projections
(from speed-runs of small GPTs); layer norms and the residual stream in fp32 under autocast.
"""

import torch
import torch.nn.functional as F
from torch import nn

from .masks import sequence_mask

MASKED = -1e9  # added to scores of what a position must not see
NOT_SCORED = -100  # the target that cross_entropy ignores


class HeadNorm(nn.Module):
    """RMSNorm over one head: [.., head width] of any precision to the same in fp32."""

    def __init__(self, width, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        x = x.float()
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weight


class Attention(nn.Module):
    """Multi-head attention to this and earlier positions, as far as the mask allows."""

    def __init__(self, config):
        super().__init__()
        self.heads, self.head_width = config.heads, config.head_width
        inner = config.heads * config.head_width
        self.qkv = nn.Linear(config.width, 3 * inner, bias=False)
        self.out = nn.Linear(inner, config.width, bias=False)
        nn.init.zeros_(self.out.weight)
        self.query_norm = HeadNorm(config.head_width, config.norm_eps) if config.qk_norm else None
        self.key_norm = HeadNorm(config.head_width, config.norm_eps) if config.qk_norm else None

    def forward(self, x, mask, cache=None):
        """x [B, T, width]; mask [T, keys] of 0 or MASKED; cache (keys, values) of earlier positions [B, H, P, D].

        Returns [B, T, width] and the cache with these positions in it.
        """
        batch, length, _ = x.shape
        qkv = self.qkv(x).view(batch, length, 3, self.heads, self.head_width)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each [B, H, T, D]
        if self.query_norm is not None:
            q, k = self.query_norm(q).to(v.dtype), self.key_norm(k).to(v.dtype)
        if cache is not None:
            k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
        scores = (q * self.head_width**-0.5) @ k.transpose(2, 3)
        weights = F.softmax(scores.float() + mask, -1).to(v.dtype)
        joined = (weights @ v).transpose(1, 2).flatten(2)  # [B, T, H·D]
        return self.out(joined), (k, v)


class Mlp(nn.Module):
    """[B, T, width] to the same through `mlp_width`; squared ReLU ("relu2") or GELU ("gelu")."""

    def __init__(self, config):
        super().__init__()
        self.activation = config.activation
        self.up = nn.Linear(config.width, config.mlp_width, bias=False)
        self.down = nn.Linear(config.mlp_width, config.width, bias=False)
        nn.init.zeros_(self.down.weight)

    def forward(self, x):
        hidden = self.up(x)
        hidden = F.relu(hidden).square() if self.activation == "relu2" else F.gelu(hidden)
        return self.down(hidden)


class Layer(nn.Module):
    """Attention, then MLP, each behind a norm and beside the residual stream; arguments and result as those of Attention."""

    def __init__(self, config):
        super().__init__()
        self.attention_norm = nn.LayerNorm(config.width, config.norm_eps)
        self.attention = Attention(config)
        self.mlp_norm = nn.LayerNorm(config.width, config.norm_eps)
        self.mlp = Mlp(config)

    def forward(self, x, mask, cache=None):
        attended, cache = self.attention(self.attention_norm(x), mask, cache)
        x = x + attended
        return x + self.mlp(self.mlp_norm(x)), cache


class Transformer(nn.Module):
    """The transformer of a TransformerConfig; ValueError where its layouts are not one a layer."""

    def __init__(self, config):
        super().__init__()
        if len(config.layouts) != config.layers:
            raise ValueError(f"attention names {len(config.layouts)} layouts for {config.layers} layers")
        self.config = config
        self.token_embedding = nn.Embedding(config.vocabulary, config.width)
        self.text_position_embedding = nn.Embedding(config.text_length, config.width)
        self.image_row_embedding = nn.Embedding(config.rows, config.width)
        self.image_column_embedding = nn.Embedding(config.columns, config.width)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.final_norm = nn.LayerNorm(config.width, config.norm_eps)
        self.head = nn.Linear(config.width, config.vocabulary, bias=False)
        for module in self.modules():
            if isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
        nn.init.zeros_(self.head.weight)
        for name in set(config.layouts):
            allowed = sequence_mask(name, config)
            self.register_buffer(f"mask_{name}", torch.where(allowed, 0.0, MASKED).float(), persistent=False)

    def mask(self, layer):
        """[length, length] of 0 or MASKED."""
        return getattr(self, f"mask_{self.config.layouts[layer]}")

    def embed(self, ids, start=0):
        """Ids [B, T] of the positions from `start` on, with their position embeddings: [B, T, width] in fp32."""
        config = self.config
        positions = torch.arange(start, start + ids.shape[1])
        cells = (positions - config.text_length).clamp(min=0)
        grid = self.image_row_embedding(torch.div(cells, config.columns, rounding_mode="floor"))
        grid = grid + self.image_column_embedding(cells % config.columns)
        text = self.text_position_embedding(positions.clamp(max=config.text_length - 1))
        is_image = (positions >= config.text_length)[:, None]
        return self.token_embedding(ids) + torch.where(is_image, grid, text)

    def hidden(self, ids, start=0, caches=None):
        """Normalised last hidden states [B, T, width] and the caches of every layer."""
        x = self.embed(ids, start)
        end = start + ids.shape[1]
        made = []
        for i, layer in enumerate(self.layers):
            x, cache = layer(x, self.mask(i)[start:end, :end], None if caches is None else caches[i])
            made.append(cache)
        return self.final_norm(x), made

    def image_logits(self, hidden):
        """[.., width] to [.., image vocabulary]: what follows a position, given that it is an image token."""
        return F.linear(hidden, self.head.weight[self.config.first_code :])

    def read_codes(self, text_ids, codes):
        """What is known before each code, in one pass without a cache.

        text_ids [B, text length] and codes [B, image length] to normalised hidden states: those that predict the text ids after
        the first [B, text length - 1, width], and those that predict the codes [B, image length, width].
        """
        ids = torch.cat([text_ids, codes[:, :-1] + self.config.first_code], 1)  # the last code is only ever predicted
        hidden, _ = self.hidden(ids)
        first = self.config.text_length - 1
        return hidden[:, :first], hidden[:, first:]

    def loss(self, text_ids, codes, text_weight=1 / 8, given=None):
        """Cross-entropies: 1/8 text, 7/8 image (section 2.2). Each position is scored among its own kind of token.

        text_ids [B, text length] with pad ids; codes [B, image length]; given [B, image length] of bool marks codes of an image
        prompt, which are read and not scored. Returns the loss and both parts in nats a token.
        """
        text_hidden, image_hidden = self.read_codes(text_ids, codes)
        text_logits = F.linear(text_hidden, self.head.weight[: self.config.first_code])
        text = F.cross_entropy(text_logits.flatten(0, 1).float(), text_ids[:, 1:].flatten())
        logits = self.image_logits(image_hidden)
        scored = codes if given is None else codes.masked_fill(given, NOT_SCORED)
        image = F.cross_entropy(logits.flatten(0, 1).float(), scored.flatten())
        return text_weight * text + (1 - text_weight) * image, text, image


def pad_text(ids, config):
    """bos, BPE ids (cut to fit), then each position's own pad id: a list of text_length ids."""
    ids = [config.bos, *ids][: config.text_length]
    return ids + [config.text_vocabulary + p for p in range(len(ids), config.text_length)]
