"""CLIP as others publish it: Hugging Face's safetensors with its own names, and ruCLIP's state dict with its YouTokenToMe model."""

import json
import struct
from pathlib import Path

import torch
import torch.nn.functional as F

import clip
from common import State, attend, causal, layer_norm, linear

TEXT_WIDTH, VISION_WIDTH, LAYERS, PROJECTION = 48, 64, 2, 24
TEXT_HEADS, VISION_HEADS = 3, 2
TEXT_LENGTH, IMAGE, PATCH = 8, 24, 8


def write_safetensors(path, state):
    """Float16 for all but the norms, as mixed checkpoints are."""
    header, data, offset = {}, [], 0
    for name, value in state.items():
        is_half = value.is_floating_point() and "norm" not in name
        array = (value.half() if is_half else value).contiguous()
        content = array.numpy().tobytes()
        kind = "F16" if is_half else "I64" if array.dtype == torch.int64 else "F32"
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [offset, offset + len(content)]}
        data.append(content)
        offset += len(content)
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def huggingface_state(seed, vocabulary):
    state = State(seed)
    state["logit_scale"] = torch.tensor(4.6052)
    state.noise("text_model.embeddings.token_embedding.weight", vocabulary, TEXT_WIDTH, scale=1.0)
    state.noise("text_model.embeddings.position_embedding.weight", TEXT_LENGTH, TEXT_WIDTH, scale=0.5)
    state["text_model.embeddings.position_ids"] = torch.arange(TEXT_LENGTH)[None]
    state.noise("vision_model.embeddings.class_embedding", VISION_WIDTH, scale=0.5)
    state.noise("vision_model.embeddings.patch_embedding.weight", VISION_WIDTH, 3, PATCH, PATCH)
    state.noise("vision_model.embeddings.position_embedding.weight", (IMAGE // PATCH) ** 2 + 1, VISION_WIDTH, scale=0.5)
    state["vision_model.embeddings.position_ids"] = torch.arange((IMAGE // PATCH) ** 2 + 1)[None]
    for tower, width in (("text_model", TEXT_WIDTH), ("vision_model", VISION_WIDTH)):
        for layer in range(LAYERS):
            name = f"{tower}.encoder.layers.{layer}"
            for part in ("k_proj", "v_proj", "q_proj", "out_proj"):
                state.linear(f"{name}.self_attn.{part}", width, width)
            state.norm(f"{name}.layer_norm1", width)
            state.linear(f"{name}.mlp.fc1", 4 * width, width)
            state.linear(f"{name}.mlp.fc2", width, 4 * width)
            state.norm(f"{name}.layer_norm2", width)
    state.norm("text_model.final_layer_norm", TEXT_WIDTH)
    state.norm("vision_model.pre_layrnorm", VISION_WIDTH)
    state.norm("vision_model.post_layernorm", VISION_WIDTH)
    state.linear("text_projection", PROJECTION, TEXT_WIDTH, False)
    state.linear("visual_projection", PROJECTION, VISION_WIDTH, False)
    return state


def encode(state, tower, x, heads, visible, activation):
    for layer in range(LAYERS):
        name = f"{tower}.encoder.layers.{layer}"
        h = layer_norm(state, f"{name}.layer_norm1", x)
        q, k, v = (linear(state, f"{name}.self_attn.{part}", h) for part in ("q_proj", "k_proj", "v_proj"))
        x = x + linear(state, f"{name}.self_attn.out_proj", attend(q, k, v, heads, visible))
        h = linear(state, f"{name}.mlp.fc1", layer_norm(state, f"{name}.layer_norm2", x))
        x = x + linear(state, f"{name}.mlp.fc2", activation(h))
    return x


def embed_text(state, ids, activation):
    embeddings = "text_model.embeddings"
    x = (state[f"{embeddings}.token_embedding.weight"][ids] + state[f"{embeddings}.position_embedding.weight"])[None]
    x = layer_norm(state, "text_model.final_layer_norm", encode(state, "text_model", x, TEXT_HEADS, causal(TEXT_LENGTH), activation))
    return F.normalize(linear(state, "text_projection", x[0, ids.argmax()]), dim=-1)


def embed_picture(state, picture, activation):
    embeddings = "vision_model.embeddings"
    x = F.conv2d(picture[None], state[f"{embeddings}.patch_embedding.weight"], stride=PATCH).flatten(2).transpose(1, 2)
    x = torch.cat([state[f"{embeddings}.class_embedding"][None, None], x], 1) + state[f"{embeddings}.position_embedding.weight"]
    x = encode(state, "vision_model", layer_norm(state, "vision_model.pre_layrnorm", x), VISION_HEADS, None, activation)
    return F.normalize(linear(state, "visual_projection", layer_norm(state, "vision_model.post_layernorm", x[0, 0])), dim=-1)


def make_huggingface(folder):
    folder = Path(folder)
    folder.mkdir(parents=True)
    vocabulary = clip.VOCABULARY
    state = huggingface_state(71, vocabulary)
    write_safetensors(folder / "model.safetensors", state)
    text = {"hidden_act": "gelu", "num_attention_heads": TEXT_HEADS, "eos_token_id": 2}
    vision = {"hidden_act": "gelu", "num_attention_heads": VISION_HEADS}
    (folder / "config.json").write_text(json.dumps({"model_type": "clip", "text_config": text, "vision_config": vision}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(clip.MERGES) + "\n")

    state = {name: value.half().float() if value.is_floating_point() and "norm" not in name else value for name, value in state.items()}
    letter = lambda character, is_last: ord(character) - 33 + (256 if is_last else 0)
    caption = [512 + 1, letter("a", True), 512 + 3]
    # Hugging Face pads with the end mark; the feature is read at the first one, and what follows it is never looked at.
    ids = torch.tensor(([vocabulary - 2, *caption] + [vocabulary - 1] * TEXT_LENGTH)[:TEXT_LENGTH])
    picture = torch.randn(3, IMAGE, IMAGE, generator=torch.Generator().manual_seed(72))
    text, image = embed_text(state, ids, F.gelu), embed_picture(state, picture, F.gelu)
    write_answer(folder, caption, ids, text, picture, image, "Cat a  DOG")


def make_ruclip(folder):
    folder = Path(folder)
    folder.mkdir(parents=True)
    state = clip.clip_state(81)
    # Its own rows of the vocabulary: pad, unk, bos, eos, the blank, letters, two rules.
    letters = "\u2581котр"
    size = 4 + len(letters) + 2
    state.noise("token_embedding.weight", size, clip.TEXT_WIDTH, scale=1.0)
    torch.save(dict(state), folder / "pytorch_model.bin")
    config = dict(embed_dim=clip.PROJECTION, image_resolution=clip.IMAGE, vision_layers=clip.LAYERS, vision_width=clip.VISION_WIDTH)
    config.update(vision_patch_size=clip.PATCH, context_length=clip.TEXT_LENGTH, vocab_size=size, transformer_width=clip.TEXT_WIDTH)
    config.update(transformer_heads=clip.TEXT_WIDTH // 64, transformer_layers=clip.LAYERS, mean=[0.5, 0.4, 0.3], std=[0.25, 0.26, 0.27])
    (folder / "config.json").write_text(json.dumps(config))
    ids_of = {letter: 4 + index for index, letter in enumerate(letters)}
    first = 4 + len(letters)
    rules = [(ids_of["\u2581"], ids_of["к"], first), (first, ids_of["о"], first + 1)]
    lines = [f"{len(letters)} {len(rules)}", *(f"{ord(letter)} {number}" for letter, number in ids_of.items())]
    lines += [*(" ".join(map(str, rule)) for rule in rules), "1 0 2 3"]
    (folder / "bpe.model").write_text("\n".join(lines) + "\n")

    caption = [first + 1, ids_of["т"], ids_of["\u2581"], ids_of["р"], ids_of["о"]]
    ids = torch.tensor(([2, *caption, 3] + [0] * clip.TEXT_LENGTH)[: clip.TEXT_LENGTH])
    x = (state["token_embedding.weight"][ids] + state["positional_embedding"])[None]
    x = layer_norm(state, "ln_final", clip.blocks(state, "transformer", x, clip.TEXT_WIDTH // 64, causal(clip.TEXT_LENGTH)))
    text = F.normalize(x[0, int((ids == 3).nonzero()[0])] @ state["text_projection"], dim=-1)
    picture = torch.randn(3, clip.IMAGE, clip.IMAGE, generator=torch.Generator().manual_seed(82))
    write_answer(folder, caption, ids, text, picture, clip.embed_image(state, picture), "Кот ро")


def write_answer(folder, caption, ids, text, picture, image, prompt):
    answer = dict(prompt=prompt, caption=caption, ids=ids.tolist(), text=text.tolist(), picture=picture.flatten().tolist(), image=image.tolist())
    (folder / "answer.json").write_text(json.dumps(answer))
