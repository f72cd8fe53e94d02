"""What the fixture checkpoints share: seeded tensors, greedy decoding, answers as JSON."""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

torch.set_grad_enabled(False)
torch.set_num_threads(1)


class State(dict):
    """A state dict that fills itself with seeded noise."""

    def __init__(self, seed):
        super().__init__()
        self.generator = torch.Generator().manual_seed(seed)

    def noise(self, name, *shape, scale=None, centre=0.0):
        fan_in = 1
        for size in shape[1:]:
            fan_in *= size
        spread = fan_in**-0.5 if scale is None else scale
        self[name] = centre + spread * torch.randn(*shape, generator=self.generator)

    def linear(self, name, rows, columns, bias=True, *kernel):
        self.noise(f"{name}.weight", rows, columns, *kernel)
        if bias:
            self.noise(f"{name}.bias", rows, scale=0.1)

    def norm(self, name, width):
        self.noise(f"{name}.weight", width, scale=0.2, centre=1.0)
        self.noise(f"{name}.bias", width, scale=0.2)


def layer_norm(state, name, x, eps=1e-5):
    weight = state.get(f"{name}.weight")
    return F.layer_norm(x, x.shape[-1:], weight, state.get(f"{name}.bias"), eps)


def linear(state, name, x):
    return F.linear(x, state[f"{name}.weight"], state.get(f"{name}.bias"))


def attend(q, k, v, heads, visible=None):
    """`[B, S, W]` each; `visible` is boolean, broadcast to `[B, heads, S, S]`."""
    batch, length, width = q.shape
    split = lambda t: t.view(batch, t.shape[1], heads, width // heads).transpose(1, 2)
    scores = split(q) @ split(k).transpose(-1, -2) * (width // heads) ** -0.5
    if visible is not None:
        scores = scores.masked_fill(~visible, float("-inf"))
    return (scores.softmax(-1) @ split(v)).transpose(1, 2).reshape(batch, length, width)


def causal(length):
    return torch.ones(length, length, dtype=torch.bool).tril()


def decode_greedily(logits_after, cells):
    """`logits_after(tokens)` gives the logits of the next cell. Returns tokens and the logits of every step."""
    tokens, steps = [], []
    for _ in range(cells):
        logits = logits_after(tokens)
        steps.append(logits)
        tokens.append(int(logits.argmax()))
    return tokens, torch.stack(steps)


def write_answer(folder, **answer):
    plain = {key: value.tolist() if isinstance(value, torch.Tensor) else value for key, value in answer.items()}
    Path(folder, "answer.json").write_text(json.dumps(plain))


def half(state, is_kept=lambda name: False):
    return {name: value if is_kept(name) or not value.is_floating_point() else value.half() for name, value in state.items()}


def widened(state):
    """What a loader that computes in float32 sees of a half-precision checkpoint."""
    return {name: value.float() if value.is_floating_point() else value for name, value in state.items()}
