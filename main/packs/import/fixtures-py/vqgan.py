"""A VQGAN as taming-transformers publishes it: state dict, decoder and encoder."""

import torch
import torch.nn.functional as F

from common import State


def block_state(state, name, channels_in, channels_out):
    state.norm(f"{name}.norm1", channels_in)
    state.linear(f"{name}.conv1", channels_out, channels_in, True, 3, 3)
    state.norm(f"{name}.norm2", channels_out)
    state.linear(f"{name}.conv2", channels_out, channels_out, True, 3, 3)
    if channels_in != channels_out:
        state.linear(f"{name}.nin_shortcut", channels_out, channels_in, True, 1, 1)


def attention_state(state, name, channels):
    state.norm(f"{name}.norm", channels)
    for part in ("q", "k", "v", "proj_out"):
        state.linear(f"{name}.{part}", channels, channels, True, 1, 1)


def middle_state(state, name, channels):
    block_state(state, f"{name}.block_1", channels, channels)
    attention_state(state, f"{name}.attn_1", channels)
    block_state(state, f"{name}.block_2", channels, channels)


def vqgan_state(seed, codes, width=8, channels=32, multiples=(1, 2), blocks=1, codebook="quantize.embedding.weight", has_encoder=True):
    state = State(seed)
    top = channels * multiples[-1]
    if has_encoder:
        state.linear("encoder.conv_in", channels, 3, True, 3, 3)
        size = channels
        for level, multiple in enumerate(multiples):
            for block in range(blocks):
                block_state(state, f"encoder.down.{level}.block.{block}", size, channels * multiple)
                size = channels * multiple
                if level == len(multiples) - 1:
                    attention_state(state, f"encoder.down.{level}.attn.{block}", size)
            if level != len(multiples) - 1:
                state.linear(f"encoder.down.{level}.downsample.conv", size, size, True, 3, 3)
        middle_state(state, "encoder.mid", top)
        state.norm("encoder.norm_out", top)
        state.linear("encoder.conv_out", width, top, True, 3, 3)
        state.linear("quant_conv", width, width, True, 1, 1)
    state.noise(codebook, codes, width, scale=1.0)
    state.linear("post_quant_conv", width, width, True, 1, 1)
    state.linear("decoder.conv_in", top, width, True, 3, 3)
    middle_state(state, "decoder.mid", top)
    size = top
    for level in reversed(range(len(multiples))):
        for block in range(blocks + 1):
            block_state(state, f"decoder.up.{level}.block.{block}", size, channels * multiples[level])
            size = channels * multiples[level]
            if level == len(multiples) - 1:
                attention_state(state, f"decoder.up.{level}.attn.{block}", size)
        if level != 0:
            state.linear(f"decoder.up.{level}.upsample.conv", size, size, True, 3, 3)
    state.norm("decoder.norm_out", size)
    state.linear("decoder.conv_out", 3, size, True, 3, 3)
    return state


def conv(state, name, x, **options):
    weight = state[f"{name}.weight"]
    options.setdefault("padding", weight.shape[-1] // 2)
    return F.conv2d(x, weight, state[f"{name}.bias"], **options)


def swished_norm(state, name, x, eps):
    normed = F.group_norm(x, 32, state[f"{name}.weight"], state[f"{name}.bias"], eps)
    return normed * normed.sigmoid()


def block(state, name, x, eps):
    h = conv(state, f"{name}.conv1", swished_norm(state, f"{name}.norm1", x, eps))
    h = conv(state, f"{name}.conv2", swished_norm(state, f"{name}.norm2", h, eps))
    return (conv(state, f"{name}.nin_shortcut", x) if f"{name}.nin_shortcut.weight" in state else x) + h


def attention(state, name, x, eps):
    batch, channels, height, width = x.shape
    h = F.group_norm(x, 32, state[f"{name}.norm.weight"], state[f"{name}.norm.bias"], eps)
    q, k, v = (conv(state, f"{name}.{part}", h).flatten(2) for part in ("q", "k", "v"))
    weights = (q.transpose(1, 2) @ k * channels**-0.5).softmax(-1)
    return x + conv(state, f"{name}.proj_out", (v @ weights.transpose(1, 2)).view(x.shape))


def middle(state, name, x, eps):
    x = block(state, f"{name}.block_1", x, eps)
    x = attention(state, f"{name}.attn_1", x, eps)
    return block(state, f"{name}.block_2", x, eps)


def level_names(state, prefix):
    return sorted({int(name.split(".")[2]) for name in state if name.startswith(prefix)})


def level(state, name, x, eps):
    index = 0
    while f"{name}.block.{index}.conv1.weight" in state:
        x = block(state, f"{name}.block.{index}", x, eps)
        if f"{name}.attn.{index}.q.weight" in state:
            x = attention(state, f"{name}.attn.{index}", x, eps)
        index += 1
    return x


def decode(state, codes, codebook="quantize.embedding.weight", eps=1e-6):
    """`[rows, columns]` codes → `[3, height, width]`, as the decoder gives it."""
    z = state[codebook][codes].permute(2, 0, 1)[None]
    x = middle(state, "decoder.mid", conv(state, "decoder.conv_in", conv(state, "post_quant_conv", z)), eps)
    for index in reversed(level_names(state, "decoder.up.")):
        x = level(state, f"decoder.up.{index}", x, eps)
        if f"decoder.up.{index}.upsample.conv.weight" in state:
            x = conv(state, f"decoder.up.{index}.upsample.conv", F.interpolate(x, scale_factor=2.0, mode="nearest"))
    return conv(state, "decoder.conv_out", swished_norm(state, "decoder.norm_out", x, eps))[0]


def encode(state, picture, codebook="quantize.embedding.weight", eps=1e-6):
    """`[3, height, width]` in [0, 1] → codes."""
    x = conv(state, "encoder.conv_in", (2 * picture - 1)[None])
    for index in level_names(state, "encoder.down."):
        x = level(state, f"encoder.down.{index}", x, eps)
        if f"encoder.down.{index}.downsample.conv.weight" in state:
            x = conv(state, f"encoder.down.{index}.downsample.conv", F.pad(x, (0, 1, 0, 1)), stride=2, padding=0)
    x = swished_norm(state, "encoder.norm_out", middle(state, "encoder.mid", x, eps), eps)
    z = conv(state, "quant_conv", conv(state, "encoder.conv_out", x))[0]
    if "quantize.proj.weight" in state:
        return F.conv2d(z[None], state["quantize.proj.weight"], state["quantize.proj.bias"])[0].argmax(0)
    distances = torch.cdist(z.flatten(1).T, state[codebook])
    return distances.argmin(1).view(z.shape[1:])
