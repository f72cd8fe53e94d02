"""`full_size.py FOLDER dalle-mini|dalle-mega|min-dall-e|rudalle-v3`: a checkpoint of the published size with random weights, and its side files."""

import json
import sys
from pathlib import Path

import torch

import vqgan

torch.manual_seed(1)
BLOCK = (torch.randn(2**22) * 0.02).half()


def noise(*shape):
    count = 1
    for size in shape:
        count *= size
    return BLOCK.repeat(count // len(BLOCK) + 1)[:count].clone().reshape(shape)


class Full(dict):
    def linear(self, name, rows, columns, bias=False):
        self[f"{name}.weight"] = noise(rows, columns)
        if bias:
            self[f"{name}.bias"] = noise(rows)

    def norm(self, name, width, has_scale=True):
        if has_scale:
            self[f"{name}.weight"] = 1 + noise(width)
        self[f"{name}.bias"] = noise(width)


def bart_half(vocabulary, positions, is_decoder, width=1024, layers=12, hidden=2730):
    state = Full()
    state["embed_tokens.weight"] = noise(vocabulary, width)
    state["embed_positions.weight"] = noise(positions, width)
    for layer in range(layers):
        name = f"layers.{layer}"
        for part in ("self_attn", "encoder_attn") if is_decoder else ("self_attn",):
            state.norm(f"{name}.pre_{part}_layer_norm", width, False)
            for linear in ("k_proj", "v_proj", "q_proj", "out_proj"):
                state.linear(f"{name}.{part}.{linear}", width, width)
            state.norm(f"{name}.{part}_layer_norm", width)
        state.norm(f"{name}.glu.ln0", width, False)
        state.norm(f"{name}.glu.ln1", hidden, False)
        state.linear(f"{name}.glu.fc0", hidden, width)
        state.linear(f"{name}.glu.fc1", hidden, width)
        state.linear(f"{name}.glu.fc2", width, hidden)
    state.norm("layernorm_embedding", width)
    state.norm("final_ln", width, False)
    if is_decoder:
        state.linear("lm_head", vocabulary, width)
    return dict(state)


def byte_pairs(folder, marks, name="", merges=199):
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    symbols = [chr(byte) for byte in printable] + [chr(256 + index) for index in range(256 - len(printable))]
    pairs = symbols[1 : 1 + merges]
    words = [*marks, *symbols, *(f"{symbols[0]}{symbol}" for symbol in pairs)]
    (folder / f"{name}vocab.json").write_text(json.dumps({word: index for index, word in enumerate(words)}))
    (folder / f"{name}merges.txt").write_text("#version: 0.2\n" + "\n".join(f"{symbols[0]} {symbol}" for symbol in pairs) + "\n")


def bart(folder, suffix, text, image, **sizes):
    torch.save(bart_half(text, 64, False, **sizes), folder / f"encoder{suffix}.pt")
    torch.save(bart_half(image, 256, True, **sizes), folder / f"decoder{suffix}.pt")
    options = dict(width=256, channels=128, multiples=(1, 1, 2, 2, 4), blocks=2, codebook="embedding.weight", has_encoder=False)
    torch.save(dict(vqgan.vqgan_state(1, 16384, **options)), folder / "detoker.pt")
    byte_pairs(folder, ["<s>", "<pad>", "</s>", "<unk>"])


def dalle_mini(folder):
    bart(folder, "_mini", 50264, 16385)


def dalle_mega(folder):
    bart(folder, "", 50272, 16416, width=2048, layers=24, hidden=4096)


def min_dall_e(folder, width=1536, layers=42):
    state = Full()
    for part in ("txt", "img"):
        state[f"tok_emb_{part}.weight"] = noise(16384, width)
        state[f"pos_emb_{part}.weight"] = noise(64 if part == "txt" else 256, width)
    for layer in range(layers):
        name = f"blocks.{layer}"
        state.norm(f"{name}.ln1", width)
        state.norm(f"{name}.ln2", width)
        for part in ("key", "query", "value", "proj"):
            state.linear(f"{name}.attn.{part}", width, width, True)
        state.linear(f"{name}.mlp.0", 4 * width, width, True)
        state.linear(f"{name}.mlp.2", width, 4 * width, True)
    state.norm("ln_f", width)
    for part in ("img", "txt"):
        state.linear(f"head_{part}", 16384, width)
    # The published one is in float32.
    for name in list(state):
        state[name] = state[name].float()
    torch.save({"state_dict": dict(state)}, folder / "stage2_last.ckpt")
    picture_model = vqgan.vqgan_state(2, 16384, width=256, channels=128, multiples=(1, 1, 2, 2, 4), blocks=2)
    torch.save({"state_dict": dict(picture_model)}, folder / "stage1_last.ckpt")
    byte_pairs(folder, ["[PAD]", "[UNK]"], "bpe-16k-")


def rudalle_v3(folder, width=2048, layers=24):
    state = Full()
    state["text_embeddings.weight"] = noise(16512, width)
    state["image_embeddings.weight"] = noise(8192, width)
    state["text_pos_embeddings.weight"] = noise(129, width)
    state["image_row_embeddings.weight"] = noise(32, width)
    state["image_col_embeddings.weight"] = noise(32, width)
    state.norm("to_logits.0", width)
    state.linear("to_logits.1", 24704, width, True)
    for layer in range(layers):
        name = f"transformer.layers.{layer}"
        for norm in ("input", "before_first_addition", "post_attention", "before_second_addition"):
            state.norm(f"{name}.{norm}_layernorm", width)
        state.linear(f"{name}.attention.query_key_value", 3 * width, width, True)
        state.linear(f"{name}.attention.dense", width, width, True)
        state.linear(f"{name}.mlp.dense_h_to_4h", 4 * width, width, True)
        state.linear(f"{name}.mlp.dense_4h_to_h", width, 4 * width, True)
    state.norm("transformer.final_layernorm", width)
    for mask in ("row", "col", "conv"):
        state[f"transformer.{mask}_mask"] = torch.ones(1152, 1152, dtype=torch.bool).tril()
    torch.save(dict(state), folder / "pytorch_model_v3.bin")
    picture_model = vqgan.vqgan_state(2, 8192, width=256, channels=128, multiples=(1, 1, 2, 4), blocks=2, codebook="quantize.embed.weight")
    picture_model.linear("quantize.proj", 8192, 256, True, 1, 1)
    torch.save({"state_dict": dict(picture_model)}, folder / "vqgan.gumbelf8-sber.model.ckpt")
    letters = "\u2581абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
    lines = [f"{len(letters)} 0", *(f"{ord(letter)} {index + 4}" for index, letter in enumerate(letters)), "1 0 2 3"]
    (folder / "bpe.model").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    {"dalle-mini": dalle_mini, "dalle-mega": dalle_mega, "min-dall-e": min_dall_e, "rudalle-v3": rudalle_v3}[sys.argv[2]](target)
