"""CLIP as OpenAI publishes it: a TorchScript archive in half precision, with three left-over integers; and its merges."""

import json
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

from common import State, attend, causal, layer_norm, linear

TEXT_WIDTH, VISION_WIDTH, LAYERS, PROJECTION = 64, 128, 2, 32
TEXT_LENGTH, IMAGE, PATCH = 8, 16, 8
MERGES = ["c a", "ca t</w>", "d o", "do g</w>"]
VOCABULARY = 512 + len(MERGES) + 2


def clip_state(seed):
    state = State(seed)
    state.noise("positional_embedding", TEXT_LENGTH, TEXT_WIDTH, scale=0.5)
    state.noise("text_projection", TEXT_WIDTH, PROJECTION)
    state["logit_scale"] = torch.tensor(4.6052)
    state.noise("visual.class_embedding", VISION_WIDTH, scale=0.5)
    state.noise("visual.positional_embedding", (IMAGE // PATCH) ** 2 + 1, VISION_WIDTH, scale=0.5)
    state.noise("visual.proj", VISION_WIDTH, PROJECTION)
    state.noise("visual.conv1.weight", VISION_WIDTH, 3, PATCH, PATCH)
    state.noise("token_embedding.weight", VOCABULARY, TEXT_WIDTH, scale=1.0)
    for name, width in (("visual.transformer", VISION_WIDTH), ("transformer", TEXT_WIDTH)):
        for layer in range(LAYERS):
            block = f"{name}.resblocks.{layer}"
            state.noise(f"{block}.attn.in_proj_weight", 3 * width, width)
            state.noise(f"{block}.attn.in_proj_bias", 3 * width, scale=0.1)
            state.linear(f"{block}.attn.out_proj", width, width)
            state.norm(f"{block}.ln_1", width)
            state.linear(f"{block}.mlp.c_fc", 4 * width, width)
            state.linear(f"{block}.mlp.c_proj", width, 4 * width)
            state.norm(f"{block}.ln_2", width)
    state.norm("visual.ln_pre", VISION_WIDTH)
    state.norm("visual.ln_post", VISION_WIDTH)
    state.norm("ln_final", TEXT_WIDTH)
    return state


def blocks(state, name, x, heads, visible):
    for layer in range(LAYERS):
        block = f"{name}.resblocks.{layer}"
        h = layer_norm(state, f"{block}.ln_1", x)
        q, k, v = F.linear(h, state[f"{block}.attn.in_proj_weight"], state[f"{block}.attn.in_proj_bias"]).chunk(3, -1)
        x = x + linear(state, f"{block}.attn.out_proj", attend(q, k, v, heads, visible))
        h = linear(state, f"{block}.mlp.c_fc", layer_norm(state, f"{block}.ln_2", x))
        x = x + linear(state, f"{block}.mlp.c_proj", h * (1.702 * h).sigmoid())
    return x


def embed_text(state, ids):
    x = (state["token_embedding.weight"][ids] + state["positional_embedding"])[None]
    x = layer_norm(state, "ln_final", blocks(state, "transformer", x, TEXT_WIDTH // 64, causal(TEXT_LENGTH)))
    return F.normalize(x[0, ids.argmax()] @ state["text_projection"], dim=-1)


def embed_image(state, picture):
    """`[3, 16, 16]`, already normalised."""
    x = F.conv2d(picture[None], state["visual.conv1.weight"], stride=PATCH).flatten(2).transpose(1, 2)
    x = torch.cat([state["visual.class_embedding"][None, None], x], 1) + state["visual.positional_embedding"]
    x = blocks(state, "visual.transformer", layer_norm(state, "visual.ln_pre", x), VISION_WIDTH // 64, None)
    return F.normalize(layer_norm(state, "visual.ln_post", x[0, 0]) @ state["visual.proj"], dim=-1)


class Node(nn.Module):
    def forward(self, x):
        return x


def as_script(state):
    root = Node()
    for name, value in state.items():
        *path, leaf = name.split(".")
        node = root
        for part in path:
            if part not in node._modules:
                node.add_module(part, Node())
            node = node._modules[part]
        if value.is_floating_point():
            node.register_parameter(leaf, nn.Parameter(value))
        else:
            node.register_buffer(leaf, value)
    return torch.jit.trace(root, torch.zeros(1))


def make(folder):
    folder = Path(folder)
    folder.mkdir(parents=True)
    state = clip_state(61)
    # Linear and convolutional weights are half precision, norms and embeddings are not.
    is_half = lambda name: any(part in name for part in ("attn", "mlp", "conv1", "proj"))
    stored = {name: value.half() if is_half(name) else value for name, value in state.items()}
    integers = {"input_resolution": IMAGE, "context_length": TEXT_LENGTH, "vocab_size": VOCABULARY}
    script = as_script({**stored, **{name: torch.tensor(value) for name, value in integers.items()}})
    script.save(str(folder / "ViT-tiny.pt"))
    (folder / "bpe_simple_vocab_16e6.txt").write_text('"bpe_simple_vocab_16e6.txt#version: 0.2\n' + "\n".join(MERGES) + "\n")

    state = {name: value.float() for name, value in stored.items()}
    # Printable bytes come first: 'a' is byte 97, 64 after '!'.
    letter = lambda character, is_last: ord(character) - 33 + (256 if is_last else 0)
    caption = [512 + 1, letter("a", True), 512 + 3]
    ids = torch.tensor(([VOCABULARY - 2, *caption, VOCABULARY - 1] + [0] * TEXT_LENGTH)[:TEXT_LENGTH])
    picture = torch.randn(3, IMAGE, IMAGE, generator=torch.Generator().manual_seed(62))
    answer = {
        "prompt": "Cat a  DOG",
        "caption": caption,
        "ids": ids.tolist(),
        "text": embed_text(state, ids).tolist(),
        "picture": picture.flatten().tolist(),
        "image": embed_image(state, picture).tolist(),
    }
    (folder / "answer.json").write_text(json.dumps(answer))
