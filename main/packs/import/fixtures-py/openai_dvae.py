"""OpenAI's dVAE as openai/DALL-E publishes it: two pickles of whole modules with `w` and `b`."""

import sys
import types
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

from common import State, write_answer

CODES, GROUPS, BLOCKS = 64, 4, 2
GAIN = 1 / (GROUPS * BLOCKS) ** 2


def half_state(seed, is_encoder, base=8):
    """Channels 1, 2, 4, 8 × base on the way down; the bottleneck is a quarter of the output."""
    state = State(seed)
    widths = [base, 2 * base, 4 * base, 8 * base] if is_encoder else [8 * base, 4 * base, 2 * base, base]

    def conv(name, channels_in, channels_out, size):
        state.noise(f"{name}.w", channels_out, channels_in, size, size)
        state.noise(f"{name}.b", channels_out, scale=0.1)

    size = base if is_encoder else 6
    conv("blocks.input", 3 if is_encoder else CODES, size, 7 if is_encoder else 1)
    for group, width in enumerate(widths, 1):
        for block in range(1, BLOCKS + 1):
            name = f"blocks.group_{group}.block_{block}"
            if size != width:
                conv(f"{name}.id_path", size, width, 1)
            hidden = width // 4
            kernels = (3, 3, 3, 1) if is_encoder else (1, 3, 3, 3)
            channels = (size, hidden, hidden, hidden, width)
            for index, kernel in enumerate(kernels):
                conv(f"{name}.res_path.conv_{index + 1}", channels[index], channels[index + 1], kernel)
            size = width
    conv("blocks.output.conv", size, CODES if is_encoder else 6, 1)
    return state


def convolve(state, name, x):
    weight = state[f"{name}.w"]
    return F.conv2d(x, weight, state[f"{name}.b"], padding=(weight.shape[-1] - 1) // 2)


def run(state, x, is_encoder):
    x = convolve(state, "blocks.input", x)
    for group in range(1, GROUPS + 1):
        for block in range(1, BLOCKS + 1):
            name = f"blocks.group_{group}.block_{block}"
            skip = convolve(state, f"{name}.id_path", x) if f"{name}.id_path.w" in state else x
            for index in range(1, 5):
                x = convolve(state, f"{name}.res_path.conv_{index}", F.relu(x))
            x = skip + GAIN * x
        if group < GROUPS:
            x = F.max_pool2d(x, 2) if is_encoder else F.interpolate(x, scale_factor=2.0, mode="nearest")
    return convolve(state, "blocks.output.conv", F.relu(x))


def encode(state, picture):
    """`[3, height, width]` in [0, 1] → codes."""
    return run(state, (0.8 * picture + 0.1)[None], True)[0].argmax(0)


def decode(state, codes):
    one_hot = F.one_hot(codes, CODES).permute(2, 0, 1)[None].float()
    return ((run(state, one_hot, False)[0, :3].sigmoid() - 0.1) / 0.8).clamp(0, 1)


def as_module(state, class_name):
    """The state as nested modules of classes that only the pickle names."""
    module_name = f"dall_e.{class_name.lower()}"
    for name in ("dall_e", module_name):
        sys.modules.setdefault(name, types.ModuleType(name))
    root_class = type(class_name, (nn.Module,), {"__module__": module_name})
    conv_class = type("Conv2d", (nn.Module,), {"__module__": module_name})
    for cls in (root_class, conv_class):
        setattr(sys.modules[module_name], cls.__name__, cls)
    root = root_class()
    root.device = torch.device("cpu")
    root.n_hid = 8
    for name, value in state.items():
        *path, leaf = name.split(".")
        node = root
        for depth, part in enumerate(path):
            if part not in node._modules:
                node.add_module(part, conv_class() if depth == len(path) - 1 else nn.Sequential())
            node = node._modules[part]
        node.register_parameter(leaf, nn.Parameter(value))
    return root


def make(folder):
    folder = Path(folder)
    folder.mkdir(parents=True)
    encoder, decoder = half_state(41, True), half_state(42, False)
    torch.save(as_module(encoder, "Encoder"), folder / "encoder.pkl")
    # Both layouts torch has written: zip, and before 1.6 a row of pickles.
    torch.save(as_module(decoder, "Decoder"), folder / "decoder.pkl", _use_new_zipfile_serialization=False)
    generator = torch.Generator().manual_seed(43)
    tokens = torch.randint(0, CODES, (4, 4), generator=generator)
    picture = decode(decoder, tokens)
    codes = encode(encoder, picture)
    write_answer(folder, tokens=tokens.flatten(), pixels=picture, codes=codes)
