"""The DiscreteVAE of DALLE-pytorch: numbered layers, residual blocks after the encoder's and before the decoder's."""

import torch.nn.functional as F

from common import State

CODES, WIDTH, HIDDEN, LAYERS, BLOCKS = 48, 16, 12, 2, 1


def vae_state(seed):
    state = State(seed)
    state.noise("codebook.weight", CODES, WIDTH, scale=1.0)

    def block(name):
        for index, size in ((0, 3), (2, 3), (4, 1)):
            state.linear(f"{name}.net.{index}", HIDDEN, HIDDEN, True, size, size)

    for layer in range(LAYERS):
        state.linear(f"encoder.{layer}.0", HIDDEN, 3 if layer == 0 else HIDDEN, True, 4, 4)
        # Transposed convolutions keep [in, out, 4, 4].
        state.linear(f"decoder.{1 + BLOCKS + layer}.0", HIDDEN, HIDDEN, True, 4, 4)
    for index in range(BLOCKS):
        block(f"encoder.{LAYERS + index}")
        block(f"decoder.{1 + index}")
    state.linear(f"encoder.{LAYERS + BLOCKS}", CODES, HIDDEN, True, 1, 1)
    state.linear("decoder.0", HIDDEN, WIDTH, True, 1, 1)
    state.linear(f"decoder.{1 + BLOCKS + LAYERS}", 3, HIDDEN, True, 1, 1)
    return state


def conv(state, name, x, **options):
    return F.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], **options)


def block(state, name, x):
    h = F.relu(conv(state, f"{name}.net.0", x, padding=1))
    h = F.relu(conv(state, f"{name}.net.2", h, padding=1))
    return conv(state, f"{name}.net.4", h) + x


def decode(state, codes):
    """`[rows, columns]` codes → `[3, height, width]` in [0, 1]."""
    x = conv(state, "decoder.0", state["codebook.weight"][codes].permute(2, 0, 1)[None])
    for index in range(BLOCKS):
        x = block(state, f"decoder.{1 + index}", x)
    for layer in range(LAYERS):
        name = f"decoder.{1 + BLOCKS + layer}.0"
        x = F.relu(F.conv_transpose2d(x, state[f"{name}.weight"], state[f"{name}.bias"], stride=2, padding=1))
    return ((conv(state, f"decoder.{1 + BLOCKS + LAYERS}", x)[0] + 1) / 2).clamp(0, 1)


def encode(state, picture):
    x = (2 * picture - 1)[None]
    for layer in range(LAYERS):
        x = F.relu(conv(state, f"encoder.{layer}.0", x, stride=2, padding=1))
    for index in range(BLOCKS):
        x = block(state, f"encoder.{LAYERS + index}", x)
    return conv(state, f"encoder.{LAYERS + BLOCKS}", x)[0].argmax(0)
