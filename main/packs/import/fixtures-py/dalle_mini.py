"""DALL·E Mini as min-dalle's PyTorch files (half precision, bias-only norms, a detokenizer) and as the Flax original (layers stacked)."""

import json
import struct
from pathlib import Path

import torch
import torch.nn.functional as F

import vqgan
from common import State, attend, causal, decode_greedily, half, layer_norm, linear, widened, write_answer

WIDTH, LAYERS, HEADS, HIDDEN = 128, 2, 2, 96
TEXT_LENGTH, SIDE, CODES = 12, 4, 64

MERGES = ["Ġ a", "c a", "Ġ ca", "Ġca b"]
WORDS = ["<s>", "<pad>", "</s>", "<unk>", "Ġ", *"abcdefgh", *(pair.replace(" ", "") for pair in MERGES)]


def attention_state(state, name):
    for part in ("k_proj", "v_proj", "q_proj", "out_proj"):
        state.linear(f"{name}.{part}", WIDTH, WIDTH, False)


def bias_only(state, name, width):
    state.noise(f"{name}.bias", width, scale=0.2)


def stack_state(seed, vocabulary, positions, is_decoder):
    state = State(seed)
    state.noise("embed_tokens.weight", vocabulary, WIDTH, scale=1.0)
    state.noise("embed_positions.weight", positions, WIDTH, scale=0.5)
    for layer in range(LAYERS):
        name = f"layers.{layer}"
        bias_only(state, f"{name}.pre_self_attn_layer_norm", WIDTH)
        attention_state(state, f"{name}.self_attn")
        state.norm(f"{name}.self_attn_layer_norm", WIDTH)
        if is_decoder:
            bias_only(state, f"{name}.pre_encoder_attn_layer_norm", WIDTH)
            attention_state(state, f"{name}.encoder_attn")
            state.norm(f"{name}.encoder_attn_layer_norm", WIDTH)
        bias_only(state, f"{name}.glu.ln0", WIDTH)
        bias_only(state, f"{name}.glu.ln1", HIDDEN)
        state.linear(f"{name}.glu.fc0", HIDDEN, WIDTH, False)
        state.linear(f"{name}.glu.fc1", HIDDEN, WIDTH, False)
        state.linear(f"{name}.glu.fc2", WIDTH, HIDDEN, False)
    state.norm("layernorm_embedding", WIDTH)
    bias_only(state, "final_ln", WIDTH)
    if is_decoder:
        state.linear("lm_head", vocabulary, WIDTH, False)
    return state


def attention(state, name, x, memory, visible):
    q, k, v = (linear(state, f"{name}.{part}", source) for part, source in (("q_proj", x), ("k_proj", memory), ("v_proj", memory)))
    return linear(state, f"{name}.out_proj", attend(q, k, v, HEADS, visible))


def feed_forward(state, name, x):
    z = layer_norm(state, f"{name}.ln0", x)
    z = F.gelu(linear(state, f"{name}.fc0", z)) * linear(state, f"{name}.fc1", z)
    return linear(state, f"{name}.fc2", layer_norm(state, f"{name}.ln1", z))


def encode(state, text):
    visible = (text != 1)[None, None, None, :]
    x = layer_norm(state, "layernorm_embedding", state["embed_tokens.weight"][text] + state["embed_positions.weight"])[None]
    for layer in range(LAYERS):
        name = f"layers.{layer}"
        h = layer_norm(state, f"{name}.pre_self_attn_layer_norm", x)
        x = x + layer_norm(state, f"{name}.self_attn_layer_norm", attention(state, f"{name}.self_attn", h, h, visible))
        x = x + feed_forward(state, f"{name}.glu", x)
    return layer_norm(state, "final_ln", x), visible


def image_logits(state, memory, visible, tokens, start=CODES):
    ids = torch.tensor([start, *tokens])
    x = state["embed_tokens.weight"][ids] + state["embed_positions.weight"][: len(ids)]
    x = layer_norm(state, "layernorm_embedding", x)[None]
    for layer in range(LAYERS):
        name = f"layers.{layer}"
        h = layer_norm(state, f"{name}.pre_self_attn_layer_norm", x)
        h = attention(state, f"{name}.self_attn", h, h, causal(len(ids)))
        x = x + layer_norm(state, f"{name}.self_attn_layer_norm", h)
        h = layer_norm(state, f"{name}.pre_encoder_attn_layer_norm", x)
        h = attention(state, f"{name}.encoder_attn", h, memory, visible)
        x = x + layer_norm(state, f"{name}.encoder_attn_layer_norm", h)
        x = x + feed_forward(state, f"{name}.glu", x)
    return linear(state, "lm_head", layer_norm(state, "final_ln", x[0, -1]))[:CODES]


def answer(folder, encoder, decoder, picture_model, codebook, eps, has_codes):
    ids = {word: index for index, word in enumerate(WORDS)}
    caption = [ids["Ġcab"], ids["Ġa"], ids["h"]]
    text = torch.tensor([0, *caption, 2] + [1] * (TEXT_LENGTH - len(caption) - 2))
    memory, visible = encode(encoder, text)
    tokens, logits = decode_greedily(lambda seen: image_logits(decoder, memory, visible, seen), SIDE * SIDE)
    picture = vqgan.decode(picture_model, torch.tensor(tokens).view(SIDE, SIDE), codebook, eps).clamp(0, 1)
    codes = {"codes": vqgan.encode(picture_model, picture, codebook, eps)} if has_codes else {}
    write_answer(folder, prompt="Cab-ah!", caption=caption, tokens=tokens, logits=logits, pixels=picture, **codes)


def write_tokenizer(folder):
    (folder / "vocab.json").write_text(json.dumps({word: index for index, word in enumerate(WORDS)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(MERGES) + "\n")


def states():
    encoder = stack_state(31, len(WORDS), TEXT_LENGTH, False)
    # Mega has more rows than codes and one: so does this.
    decoder = stack_state(32, CODES + 5, SIDE * SIDE, True)
    return encoder, decoder


def detokenizer(seed):
    """Pictures in [0, 1]: a weak last convolution around one half."""
    state = vqgan.vqgan_state(seed, CODES, codebook="embedding.weight", has_encoder=False)
    state["decoder.conv_out.weight"] *= 0.3
    state["decoder.conv_out.bias"] += 0.5
    return state


def make_min_dalle(folder):
    folder = Path(folder)
    folder.mkdir(parents=True)
    encoder, decoder = (half(state) for state in states())
    torch.save(encoder, folder / "encoder_mini.pt")
    torch.save(decoder, folder / "decoder_mini.pt")
    picture_model = detokenizer(33)
    torch.save(dict(picture_model), folder / "detoker.pt")
    write_tokenizer(folder)
    answer(folder, widened(encoder), widened(decoder), picture_model, "embedding.weight", 1e-5, False)


# --- Flax ---


def packed(value):
    """msgpack, as flax.serialization writes it: nested maps, arrays as extension 1."""
    if isinstance(value, dict):
        return struct.pack(">BH", 0xDE, len(value)) + b"".join(packed(key) + packed(item) for key, item in value.items())
    if isinstance(value, str):
        data = value.encode()
        return struct.pack(">BB", 0xD9, len(data)) + data
    if isinstance(value, int):
        return struct.pack(">BI", 0xCE, value)
    if isinstance(value, (list, tuple)):
        return struct.pack(">BH", 0xDC, len(value)) + b"".join(packed(item) for item in value)
    if isinstance(value, bytes):
        return struct.pack(">BI", 0xC6, len(value)) + value
    array = value.contiguous().numpy()
    payload = packed([list(array.shape), str(array.dtype), array.tobytes()])
    return struct.pack(">BIb", 0xC9, len(payload), 1) + payload


def nest(flat):
    tree = {}
    for name, value in flat.items():
        *path, leaf = name.split(".")
        node = tree
        for part in path:
            node = node.setdefault(part, {})
        node[leaf] = value
    return tree


FLAX_LAYER = {
    "pre_self_attn_layer_norm": "LayerNorm_0",
    "self_attn_layer_norm": "LayerNorm_1",
    "pre_encoder_attn_layer_norm": "LayerNorm_2",
    "encoder_attn_layer_norm": "LayerNorm_3",
    "self_attn": "FlaxBartAttention_0",
    "encoder_attn": "FlaxBartAttention_1",
    "glu.ln0": "GLU_0.LayerNorm_0",
    "glu.ln1": "GLU_0.LayerNorm_1",
    "glu.fc0": "GLU_0.Dense_0",
    "glu.fc1": "GLU_0.Dense_1",
    "glu.fc2": "GLU_0.Dense_2",
}


def flax_leaf(name, value):
    stem, leaf = name.rsplit(".", 1)
    if leaf == "bias":
        return name, value
    if stem.startswith("embed_"):
        return f"{stem}.embedding", value
    if "norm" in stem or "_ln" in stem or ".ln" in stem or "LayerNorm" in stem:
        return f"{stem}.scale", value
    return f"{stem}.kernel", value.transpose(-1, -2)


def flax_stack(state, half_name):
    flat = {}
    stacks = {}
    for name, value in state.items():
        parts = name.split(".")
        if parts[0] != "layers":
            key, leaf = flax_leaf(name, value)
            flat[key if name.startswith("lm_head") else f"model.{half_name}.{key}"] = leaf
            continue
        rest = ".".join(parts[2:])
        source = max((source for source in FLAX_LAYER if rest.startswith(f"{source}.")), key=len)
        stacks.setdefault(rest.replace(source, FLAX_LAYER[source], 1), []).append(value)
    for name, values in stacks.items():
        key, leaf = flax_leaf(name, torch.stack(values))
        flat[f"model.{half_name}.layers.FlaxBart{half_name.title()}Layers.{key}"] = leaf
    return flat


def flax_vqgan(state):
    flat = {}
    for name, value in state.items():
        stem, leaf = name.rsplit(".", 1)
        for index in range(8):
            for part in ("up", "down", "block", "attn"):
                stem = stem.replace(f".{part}.{index}", f".{part}_{index}")
        if name == "quantize.embedding.weight":
            leaf = "embedding"
        elif leaf == "weight":
            leaf = "kernel" if value.dim() == 4 else "scale"
            value = value.permute(2, 3, 1, 0) if value.dim() == 4 else value
        flat[f"{stem}.{leaf}"] = value
    return flat


def make_flax(folder):
    folder = Path(folder)
    folder.mkdir(parents=True)
    encoder, decoder = states()
    flat = {**flax_stack(encoder, "encoder"), **flax_stack(decoder, "decoder")}
    # The published Mini calls both files flax_model.msgpack, in two repositories.
    (folder / "flax_model.msgpack").write_bytes(packed(nest(flat)))
    picture_model = vqgan.vqgan_state(34, CODES)
    picture_model["decoder.conv_out.weight"] *= 0.3
    picture_model["decoder.conv_out.bias"] += 0.5
    (folder / "vqgan.msgpack").write_bytes(packed(nest(flax_vqgan(picture_model))))
    write_tokenizer(folder)
    answer(folder, encoder, decoder, picture_model, "quantize.embedding.weight", 1e-6, True)
