"""ruDALL-E in both variants (ai-forever/ru-dalle): half precision, masks in the file, a YouTokenToMe model, a Gumbel VQGAN."""

from pathlib import Path

import torch

import vqgan
from common import State, attend, decode_greedily, half, layer_norm, linear, widened, write_answer

WIDTH, LAYERS, HEADS = 128, 6, 2
TEXT_LENGTH, SIDE, CODES = 8, 6, 96
# unk 1, pad 0, bos 2, eos 3, then the blank and letters, then merges.
LETTERS = "\u2581абвгд"
MERGES = [("\u2581", "а"), ("б", "в"), ("\u2581а", "бв")]
WORDS = ["<PAD>", "<UNK>", "<BOS>", "<EOS>", *LETTERS, *(a + b for a, b in MERGES)]
VOCABULARY = len(WORDS)


def transformer_state(seed):
    state = State(seed)
    ids = VOCABULARY + TEXT_LENGTH
    state.noise("text_embeddings.weight", ids, WIDTH, scale=1.0)
    state.noise("image_embeddings.weight", CODES, WIDTH, scale=1.0)
    state.noise("text_pos_embeddings.weight", TEXT_LENGTH + 1, WIDTH, scale=0.5)
    state.noise("image_row_embeddings.weight", SIDE, WIDTH, scale=0.5)
    state.noise("image_col_embeddings.weight", SIDE, WIDTH, scale=0.5)
    state.norm("to_logits.0", WIDTH)
    state.linear("to_logits.1", ids + CODES, WIDTH)
    for layer in range(LAYERS):
        name = f"transformer.layers.{layer}"
        for norm in ("input", "before_first_addition", "post_attention", "before_second_addition"):
            state.norm(f"{name}.{norm}_layernorm", WIDTH)
        state.linear(f"{name}.attention.query_key_value", 3 * WIDTH, WIDTH)
        state.linear(f"{name}.attention.dense", WIDTH, WIDTH)
        state.linear(f"{name}.mlp.dense_h_to_4h", 4 * WIDTH, WIDTH)
        state.linear(f"{name}.mlp.dense_4h_to_h", WIDTH, 4 * WIDTH)
    state.norm("transformer.final_layernorm", WIDTH)
    return state


def masks(variant):
    """Who sees whom, cell by cell, from the description of the layouts: text sees all earlier text, cells see all text."""
    length = TEXT_LENGTH + SIDE * SIDE
    result = {}
    for kind in ("row", "col", "conv"):
        mask = torch.zeros(length, length, dtype=torch.bool)
        for query in range(length):
            for key in range(query + 1):
                if key < TEXT_LENGTH:
                    mask[query, key] = True
                    continue
                cell, other = query - TEXT_LENGTH, key - TEXT_LENGTH
                if kind == "row":
                    mask[query, key] = cell - other <= SIDE
                elif kind == "col":
                    mask[query, key] = (cell - other) % SIDE == 0
                else:
                    mask[query, key] = cell in window(other, variant)
        result[kind] = mask
    return result


def window(cell, variant):
    row, column = divmod(cell, SIDE)
    cells = set()
    for down in range(-5, 6):
        for right in range(-5, 6):
            r, c = row + down, column + right
            if variant == "v2":
                r, c = r % SIDE, c % SIDE
            else:
                r, c = min(max(r, 0), SIDE - 1), min(max(c, 0), SIDE - 1)
            cells.add(r * SIDE + c)
    return cells


def image_logits(state, caption_ids, tokens, variant, layouts):
    ids = [VOCABULARY + place if token == 0 else token for place, token in enumerate(caption_ids)]
    if variant == "v2":
        ids = [2] + ids
    x = state["text_embeddings.weight"][ids] + state["text_pos_embeddings.weight"][: len(ids)]
    if tokens:
        cells = torch.arange(len(tokens))
        places = state["image_row_embeddings.weight"][cells // SIDE] + state["image_col_embeddings.weight"][cells % SIDE]
        x = torch.cat([x, state["image_embeddings.weight"][tokens] + places])
    x = x[None]
    length = x.shape[1]
    for layer in range(LAYERS):
        name = f"transformer.layers.{layer}"
        kind = "col" if (layer - 1) % 4 == 0 else "conv" if layer == LAYERS - 1 else "row"
        visible = layouts[kind][:length, :length]
        h = layer_norm(state, f"{name}.input_layernorm", x)
        q, k, v = linear(state, f"{name}.attention.query_key_value", h).chunk(3, -1)
        h = linear(state, f"{name}.attention.dense", attend(q, k, v, HEADS, visible))
        x = x + layer_norm(state, f"{name}.before_first_addition_layernorm", h)
        h = linear(state, f"{name}.mlp.dense_h_to_4h", layer_norm(state, f"{name}.post_attention_layernorm", x))
        h = 0.5 * h * (1.0 + torch.tanh(0.7978845608028654 * h * (1.0 + 0.044715 * h * h)))
        h = linear(state, f"{name}.mlp.dense_4h_to_h", h)
        x = x + layer_norm(state, f"{name}.before_second_addition_layernorm", h)
    x = layer_norm(state, "to_logits.0", layer_norm(state, "transformer.final_layernorm", x))
    return linear(state, "to_logits.1", x[0, -1])[VOCABULARY + TEXT_LENGTH :]


def write_tokenizer(path):
    ids = {word: index for index, word in enumerate(WORDS)}
    lines = [f"{len(LETTERS)} {len(MERGES)}"]
    lines += [f"{ord(letter)} {ids[letter]}" for letter in LETTERS]
    lines += [f"{ids[a]} {ids[b]} {ids[a + b]}" for a, b in MERGES]
    path.write_text("\n".join([*lines, "1 0 2 3"]) + "\n")


def make(folder, variant):
    folder = Path(folder)
    folder.mkdir(parents=True)
    layouts = masks(variant)
    stored = half(transformer_state(21 if variant == "v2" else 22))
    for kind, mask in layouts.items():
        stored[f"transformer.{kind}_mask"] = mask if variant == "v3" else mask.half()
    torch.save(stored, folder / f"pytorch_model_{variant}.bin")
    picture_model = vqgan.vqgan_state(23, CODES, codebook="quantize.embed.weight")
    picture_model.linear("quantize.proj", CODES, 8, True, 1, 1)
    picture_model.noise("loss.discriminator.main.0.weight", 4, 3, 4, 4)
    torch.save({"state_dict": dict(picture_model)}, folder / "vqgan.gumbelf8-sber.model.ckpt")
    write_tokenizer(folder / "bpe.model")

    state = widened(stored)
    ids = {word: index for index, word in enumerate(WORDS)}
    # "Абв гя": ▁абв, ▁, г, and one unknown.
    caption = [ids["\u2581абв"], ids["\u2581"], ids["г"], 1]
    text = [2, *caption, 3]
    padded = (text + [0] * TEXT_LENGTH)[:TEXT_LENGTH]
    tokens, logits = decode_greedily(lambda seen: image_logits(state, padded, seen, variant, layouts), SIDE * SIDE)
    codebook = "quantize.embed.weight"
    picture = ((vqgan.decode(picture_model, torch.tensor(tokens).view(SIDE, SIDE), codebook) + 1) / 2).clamp(0, 1)
    codes = vqgan.encode(picture_model, picture, codebook)
    write_answer(folder, prompt="Абв гя", caption=caption, tokens=tokens, logits=logits, pixels=picture, codes=codes)
