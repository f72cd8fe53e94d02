"""minDALL-E: a tar.gz of two Lightning checkpoints, a vocabulary and merges (kakaobrain/minDALL-E)."""

import json
import tarfile
from pathlib import Path

import torch
import torch.nn.functional as F

import vqgan
from common import State, attend, causal, decode_greedily, layer_norm, linear, write_answer

WIDTH, LAYERS, HEADS = 128, 2, 2
TEXT_LENGTH, SIDE, CODES = 8, 4, 96

SYMBOLS = ["[UNK]", "[PAD]", *"abcdefgh", *(f"{letter}</w>" for letter in "abcdefgh"), "ab", "ab</w>", "cab</w>"]
MERGES = ["a b", "a b</w>", "c ab</w>"]


def transformer_state(seed):
    state = State(seed)
    vocabulary = len(SYMBOLS)
    state.noise("tok_emb_img.weight", CODES, WIDTH, scale=1.0)
    state.noise("tok_emb_txt.weight", vocabulary, WIDTH, scale=1.0)
    state.noise("pos_emb_img.weight", SIDE * SIDE, WIDTH, scale=0.5)
    state.noise("pos_emb_txt.weight", TEXT_LENGTH, WIDTH, scale=0.5)
    for layer in range(LAYERS):
        name = f"blocks.{layer}"
        state.norm(f"{name}.ln1", WIDTH)
        state.norm(f"{name}.ln2", WIDTH)
        for part in ("key", "query", "value", "proj"):
            state.linear(f"{name}.attn.{part}", WIDTH, WIDTH)
        state.linear(f"{name}.mlp.0", 4 * WIDTH, WIDTH)
        state.linear(f"{name}.mlp.2", WIDTH, 4 * WIDTH)
    state.norm("ln_f", WIDTH)
    state.linear("head_img", CODES, WIDTH, False)
    state.linear("head_txt", vocabulary, WIDTH, False)
    return state


def image_logits(state, text, tokens):
    x = state["tok_emb_txt.weight"][text] + state["pos_emb_txt.weight"]
    if tokens:
        image = state["tok_emb_img.weight"][tokens] + state["pos_emb_img.weight"][: len(tokens)]
        x = torch.cat([x, image])
    x = x[None]
    for layer in range(LAYERS):
        name = f"blocks.{layer}"
        h = layer_norm(state, f"{name}.ln1", x)
        q, k, v = (linear(state, f"{name}.attn.{part}", h) for part in ("query", "key", "value"))
        x = x + linear(state, f"{name}.attn.proj", attend(q, k, v, HEADS, causal(x.shape[1])))
        h = F.gelu(linear(state, f"{name}.mlp.0", layer_norm(state, f"{name}.ln2", x)))
        x = x + linear(state, f"{name}.mlp.2", h)
    return linear(state, "head_img", layer_norm(state, "ln_f", x[0, -1]))


def make(folder):
    folder = Path(folder)
    inner = folder / "1.3B"
    (inner / "tokenizer").mkdir(parents=True)
    stage1 = vqgan.vqgan_state(11, CODES)
    stage2 = transformer_state(12)
    callbacks = {"epoch": 3, "global_step": 7, "pytorch-lightning_version": "1.4.0"}
    torch.save({**callbacks, "state_dict": dict(stage1)}, inner / "stage1_last.ckpt")
    torch.save({**callbacks, "state_dict": dict(stage2)}, inner / "stage2_last.ckpt")
    vocabulary = {symbol: index for index, symbol in enumerate(SYMBOLS)}
    (inner / "tokenizer" / "bpe-16k-vocab.json").write_text(json.dumps(vocabulary))
    (inner / "tokenizer" / "bpe-16k-merges.txt").write_text("#version: 0.2\n" + "\n".join(MERGES) + "\n")
    (inner / "config.yaml").write_text("dataset:\n  context_length: 8\n")
    with tarfile.open(folder / "1.3B.tar.gz", "w:gz") as bundle:
        for path in sorted(inner.rglob("*")):
            bundle.add(path, path.relative_to(folder), recursive=False)

    # "Cab ha" in lower case: cab</w>, h, a</w>.
    caption = [vocabulary["cab</w>"], vocabulary["h"], vocabulary["a</w>"]]
    text = caption + [vocabulary["[PAD]"]] * (TEXT_LENGTH - len(caption))
    tokens, logits = decode_greedily(lambda seen: image_logits(stage2, text, seen), SIDE * SIDE)
    picture = (vqgan.decode(stage1, torch.tensor(tokens).view(SIDE, SIDE)) * 0.5 + 0.5).clamp(0, 1)
    codes = vqgan.encode(stage1, picture)
    write_answer(folder, prompt="Cab ha", caption=caption, text=text, tokens=tokens, logits=logits, pixels=picture, codes=codes)
