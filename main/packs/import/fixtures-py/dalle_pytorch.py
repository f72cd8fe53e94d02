"""`dalle.pt` of DALLE-pytorch: hyper-parameters, weights and picture tokenizer in one file, in two of its versions."""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

import discrete_vae
import openai_dvae
import vqgan
from common import State, attend, decode_greedily, layer_norm, linear, write_answer

WIDTH, HEADS, HEAD_DIM = 64, 2, 16
CAPTION, SIDE = 6, 6
WORDS = ["<pad>", "Ġ", *"abcdefgh", "Ġa", "ca", "Ġca", "Ġcab"]
MERGES = ["Ġ a", "c a", "Ġ ca", "Ġca b"]


def branch_name(layer, branch, is_reversible):
    if is_reversible:
        return f"transformer.layers.blocks.{layer}.{'fg'[branch]}.net"
    return f"transformer.layers.layers.{layer}.{branch}"


def angles():
    """The buffer `transformer.pos_emb`: for each position the angle of each coordinate, text along one axis, cells along two more."""
    dim = HEAD_DIM // 3
    text, cells = CAPTION + 1, SIDE * SIDE
    twice = lambda freqs: freqs.repeat_interleave(2, -1)
    language = 1 / 10000 ** (torch.arange(0, dim, 2)[: dim // 2] / dim)
    pixel = torch.linspace(1, 10 / 2, dim // 2) * math.pi
    along = lambda places, freqs: twice(places[:, None] * freqs[None])
    first = torch.cat([along(torch.arange(text).float(), language), along(torch.full((cells,), 8192.0), language)])
    axis = along(torch.linspace(-1, 1, SIDE), pixel)
    grid = torch.cat([axis[:, None].expand(SIDE, SIDE, -1), axis[None].expand(SIDE, SIDE, -1)], -1).reshape(cells, -1)
    away = along(torch.full((text,), -10.0), pixel)
    return torch.cat([first, torch.cat([torch.cat([away, away], -1), grid])], -1)[None]


def rotate(x, freqs):
    """`[1, S, heads · dim]`: neighbours are the two coordinates of a point."""
    x = x.view(1, x.shape[1], HEADS, HEAD_DIM)
    turned, rest = x[..., : freqs.shape[-1]], x[..., freqs.shape[-1] :]
    half = torch.stack([-turned[..., 1::2], turned[..., 0::2]], -1).flatten(-2)
    freqs = freqs[:, : x.shape[1], None]
    return torch.cat([turned * freqs.cos() + half * freqs.sin(), rest], -1).flatten(2)


def shift(h):
    """Channels of earlier positions, `[1, S, width]`: text from the one before, cells from above and from the left; else zeros."""
    out, text, quarter = h.clone(), CAPTION + 1, WIDTH // 4
    none = torch.zeros(2 * quarter)
    for place in range(h.shape[1]):
        if place < text:
            out[0, place, : 2 * quarter] = h[0, place - 1, : 2 * quarter] if place > 0 else none
            continue
        row, column = divmod(place - text, SIDE)
        out[0, place, :quarter] = h[0, place - SIDE, :quarter] if row > 0 else none[:quarter]
        out[0, place, quarter : 2 * quarter] = h[0, place - 1, quarter : 2 * quarter] if column > 0 else none[:quarter]
    return out


def transformer_state(seed, codes, types, is_sandwiched, wrapper, is_rotary, is_reversible, inner="fn"):
    state = State(seed)
    state.noise("text_emb.weight", len(WORDS) + CAPTION, WIDTH, scale=1.0)
    state.noise("image_emb.weight", codes, WIDTH, scale=1.0)
    if is_rotary:
        state["transformer.pos_emb"] = angles()
    else:
        state.noise("text_pos_emb.weight", CAPTION + 1, WIDTH, scale=0.5)
        state.noise("image_pos_emb.weights_0", 1, SIDE, 1, WIDTH, scale=0.5)
        state.noise("image_pos_emb.weights_1", 1, 1, SIDE, WIDTH, scale=0.5)
    for layer in range(len(types)):
        for branch in (0, 1):
            name = branch_name(layer, branch, is_reversible)
            state.noise(f"{name}.scale", 1, 1, WIDTH, scale=0.3, centre=0.5)
            state.norm(f"{name}.fn.norm", WIDTH)
            if is_sandwiched:
                state.norm(f"{name}.fn.norm_out", WIDTH)
        attention = f"{branch_name(layer, 0, is_reversible)}.fn.{wrapper}"
        state.linear(f"{attention}.to_qkv", 3 * HEADS * HEAD_DIM, WIDTH, False)
        state.linear(f"{attention}.to_out.0", WIDTH, HEADS * HEAD_DIM)
        forward = f"{branch_name(layer, 1, is_reversible)}.fn.{inner}"
        state.linear(f"{forward}.net.0", 8 * WIDTH, WIDTH)
        state.linear(f"{forward}.net.3", WIDTH, 4 * WIDTH)
    state.norm("to_logits.0", WIDTH)
    state.linear("to_logits.1", len(WORDS) + CAPTION + codes, WIDTH)
    return state


def visible(kind, length, is_old):
    text = CAPTION + 1
    mask = torch.zeros(length, length, dtype=torch.bool)
    for query in range(length):
        for key in range(query + 1):
            if key < text or query < text:
                mask[query, key] = True
                continue
            (r, c), (kr, kc) = divmod(query - text, SIDE), divmod(key - text, SIDE)
            mask[query, key] = {
                "full": True,
                "axial_row": r == kr,
                "axial_col": c == kc,
                "conv_like": abs(r - kr) <= 2 and abs(c - kc) <= 2 if is_old else 0 <= r - kr <= 4 and 0 <= c - kc <= 4,
            }[kind]
    return mask


def image_logits(state, caption, tokens, types, wrapper, is_old, is_reversible=False, inner="fn", is_stable=False):
    shifted = shift if inner != "fn" else lambda h: h
    freqs = state.get("transformer.pos_emb")
    ids = [0] + [len(WORDS) + place if token == 0 else token for place, token in enumerate(caption)]
    x = state["text_emb.weight"][ids]
    if freqs is not None:
        x = torch.cat([x, state["image_emb.weight"][tokens]]) if tokens else x
    else:
        x = x + state["text_pos_emb.weight"]
    if tokens and freqs is None:
        cells = torch.arange(len(tokens))
        places = state["image_pos_emb.weights_0"][0, cells // SIDE, 0] + state["image_pos_emb.weights_1"][0, 0, cells % SIDE]
        x = torch.cat([x, state["image_emb.weight"][tokens] + places])
    x = x[None]
    first, second = x, x
    for layer, kind in enumerate(types):
        name = branch_name(layer, 0, is_reversible)
        h = shifted(layer_norm(state, f"{name}.fn.norm", second if is_reversible else x))
        q, k, v = linear(state, f"{name}.fn.{wrapper}.to_qkv", h).chunk(3, -1)
        if freqs is not None:
            q, k, v = (rotate(part, freqs) for part in (q, k, v))
        h = linear(state, f"{name}.fn.{wrapper}.to_out.0", attend(q, k, v, HEADS, visible(kind, x.shape[1], is_old)))
        if f"{name}.fn.norm_out.weight" in state:
            h = layer_norm(state, f"{name}.fn.norm_out", h)
        first = first + h * state[f"{name}.scale"]
        x = first if is_reversible else x + h * state[f"{name}.scale"]
        name = branch_name(layer, 1, is_reversible)
        h, gate = linear(state, f"{name}.fn.{inner}.net.0", shifted(layer_norm(state, f"{name}.fn.norm", x))).chunk(2, -1)
        h = linear(state, f"{name}.fn.{inner}.net.3", h * F.gelu(gate))
        if f"{name}.fn.norm_out.weight" in state:
            h = layer_norm(state, f"{name}.fn.norm_out", h)
        second = second + h * state[f"{name}.scale"]
        x = x + h * state[f"{name}.scale"]
    if is_reversible:
        x = (first + second) / 2
    last = x[0, -1] / x[0, -1].max() if is_stable else x[0, -1]
    return linear(state, "to_logits.1", layer_norm(state, "to_logits.0", last))[len(WORDS) + CAPTION :]


def make(folder, is_old, is_own=False, is_rotary=False, is_reversible=False, is_shifted=False):
    folder = Path(folder)
    folder.mkdir(parents=True)
    types = ("full", "axial_row", "axial_col", "conv_like")
    # 2021: attention right behind the norm. Now: NonCached or CachedAs between them, and a sandwich norm if asked for.
    wrapper = "fn" if is_old else "fn.fn"
    inner = "fn"
    if is_shifted:
        # The shift stands right around attention and feed-forward; now there is CachedAs around it, too.
        wrapper, inner = ("fn.fn", "fn.fn") if is_old else ("fn.fn.fn", "fn.fn.fn")
    codes = openai_dvae.CODES if is_old else discrete_vae.CODES if is_own else 96
    state = transformer_state(51, codes, types, not is_old, wrapper, is_rotary, is_reversible, inner)
    # Channels that are all below zero: then dividing by the largest turns signs.
    is_stable = is_shifted and not is_old
    if is_stable:
        for name in ("text_emb.weight", "image_emb.weight"):
            state[name] -= 20
    weights = dict(state)
    if is_old:
        encoder, decoder = openai_dvae.half_state(52, True), openai_dvae.half_state(53, False)
        weights.update({f"vae.enc.{name}": value for name, value in encoder.items()})
        weights.update({f"vae.dec.{name}": value for name, value in decoder.items()})
    elif is_own:
        picture_model = discrete_vae.vae_state(55)
        weights.update({f"vae.{name}": value for name, value in picture_model.items()})
    else:
        picture_model = vqgan.vqgan_state(54, codes)
        weights.update({f"vae.model.{name}": value for name, value in picture_model.items()})
    hparams = dict(stable=is_stable, num_text_tokens=len(WORDS), text_seq_len=CAPTION, dim=WIDTH, depth=4, heads=HEADS, dim_head=HEAD_DIM, attn_types=types)
    optimiser = {"state": {0: {"step": 3, "exp_avg": torch.zeros(4)}}, "param_groups": [{"lr": 3e-4, "params": [0]}]}
    content = {"hparams": hparams, "vae_params": None, "epoch": 2, "vae_class_name": "OpenAIDiscreteVAE" if is_old else "DiscreteVAE" if is_own else "VQGanVAE"}
    if not is_old:
        content.update(version="1.6.6", scheduler_state=None)
    torch.save({**content, "weights": weights, "opt_state": optimiser}, folder / "dalle.pt")
    vocabulary = {word: index for index, word in enumerate(WORDS)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(MERGES) + "\n")

    caption = [vocabulary["Ġcab"], vocabulary["Ġa"], vocabulary["h"]]
    padded = caption + [0] * (CAPTION - len(caption))
    tokens, logits = decode_greedily(lambda seen: image_logits(state, padded, seen, types, wrapper, is_old, is_reversible, inner, is_stable), SIDE * SIDE)
    grid = torch.tensor(tokens).view(SIDE, SIDE)
    if is_old:
        picture = openai_dvae.decode(decoder, grid)
        found = openai_dvae.encode(encoder, picture)
    elif is_own:
        picture = discrete_vae.decode(picture_model, grid)
        found = discrete_vae.encode(picture_model, picture)
    else:
        picture = (vqgan.decode(picture_model, grid).clamp(-1, 1) + 1) * 0.5
        found = vqgan.encode(picture_model, picture)
    write_answer(folder, prompt="Cab ah", caption=caption, tokens=tokens, logits=logits, pixels=picture, codes=found)
