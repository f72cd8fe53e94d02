"""CLIP as Hugging Face's exporters write it: `text_model.onnx` and `vision_model.onnx`, or one `model.onnx`, with tokenizer.json,
config.json and preprocessor_config.json. The graphs are traced by PyTorch from modules; the answers come from functions that know none."""

import json
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

import clip
import clip_relatives as relatives

TEXT, VISION, PROJECTION = relatives.TEXT_WIDTH, relatives.VISION_WIDTH, relatives.PROJECTION
LENGTH, IMAGE, PATCH = relatives.TEXT_LENGTH, relatives.IMAGE, relatives.PATCH
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.k_proj, self.v_proj = nn.Linear(width, width), nn.Linear(width, width)
        self.q_proj, self.out_proj = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x, mask):
        batch, length, width = x.shape
        split = lambda t: t.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
        q = split(self.q_proj(x) * (width // self.heads) ** -0.5)
        scores = q @ split(self.k_proj(x)).transpose(-1, -2)
        scores = scores if mask is None else scores + mask
        mixed = (scores.softmax(-1) @ split(self.v_proj(x))).transpose(1, 2)
        return self.out_proj(mixed.reshape(batch, length, width))


class Mlp(nn.Module):
    def __init__(self, width, activation):
        super().__init__()
        self.fc1, self.fc2, self.activation = nn.Linear(width, 4 * width), nn.Linear(4 * width, width), activation

    def forward(self, x):
        return self.fc2(self.activation(self.fc1(x)))


class Layer(nn.Module):
    def __init__(self, width, heads, activation):
        super().__init__()
        self.self_attn, self.layer_norm1 = Attention(width, heads), nn.LayerNorm(width)
        self.mlp, self.layer_norm2 = Mlp(width, activation), nn.LayerNorm(width)

    def forward(self, x, mask):
        x = x + self.self_attn(self.layer_norm1(x), mask)
        return x + self.mlp(self.layer_norm2(x))


class Encoder(nn.Module):
    def __init__(self, width, heads, activation):
        super().__init__()
        self.layers = nn.ModuleList(Layer(width, heads, activation) for _ in range(relatives.LAYERS))

    def forward(self, x, mask=None):
        for layer in self.layers:
            x = layer(x, mask)
        return x


class TextEmbeddings(nn.Module):
    def __init__(self):
        super().__init__()
        self.token_embedding = nn.Embedding(clip.VOCABULARY, TEXT)
        self.position_embedding = nn.Embedding(LENGTH, TEXT)
        self.register_buffer("position_ids", torch.arange(LENGTH)[None])

    def forward(self, ids):
        return self.token_embedding(ids) + self.position_embedding(self.position_ids[:, : ids.shape[1]])


class TextModel(nn.Module):
    def __init__(self, activation):
        super().__init__()
        self.embeddings = TextEmbeddings()
        self.encoder = Encoder(TEXT, relatives.TEXT_HEADS, activation)
        self.final_layer_norm = nn.LayerNorm(TEXT)

    def forward(self, ids):
        length = ids.shape[1]
        mask = torch.full((length, length), torch.finfo(torch.float32).min).triu(1)[None, None]
        x = self.final_layer_norm(self.encoder(self.embeddings(ids), mask))
        return x[torch.arange(x.shape[0]), ids.to(torch.int).argmax(-1)]


class VisionEmbeddings(nn.Module):
    def __init__(self):
        super().__init__()
        self.class_embedding = nn.Parameter(torch.zeros(VISION))
        self.patch_embedding = nn.Conv2d(3, VISION, PATCH, PATCH, bias=False)
        places = (IMAGE // PATCH) ** 2 + 1
        self.position_embedding = nn.Embedding(places, VISION)
        self.register_buffer("position_ids", torch.arange(places)[None])

    def forward(self, pixels):
        patches = self.patch_embedding(pixels).flatten(2).transpose(1, 2)
        first = self.class_embedding.expand(pixels.shape[0], 1, -1)
        return torch.cat([first, patches], 1) + self.position_embedding(self.position_ids)


class VisionModel(nn.Module):
    def __init__(self, activation):
        super().__init__()
        self.embeddings, self.pre_layrnorm = VisionEmbeddings(), nn.LayerNorm(VISION)
        self.encoder = Encoder(VISION, relatives.VISION_HEADS, activation)
        self.post_layernorm = nn.LayerNorm(VISION)

    def forward(self, pixels):
        return self.post_layernorm(self.encoder(self.pre_layrnorm(self.embeddings(pixels)))[:, 0])


class Clip(nn.Module):
    def __init__(self, activation):
        super().__init__()
        self.text_model, self.vision_model = TextModel(activation), VisionModel(activation)
        self.text_projection = nn.Linear(TEXT, PROJECTION, bias=False)
        self.visual_projection = nn.Linear(VISION, PROJECTION, bias=False)
        self.logit_scale = nn.Parameter(torch.tensor(4.6052))

    def forward(self, input_ids, pixel_values):
        text = self.text_projection(self.text_model(input_ids))
        image = self.visual_projection(self.vision_model(pixel_values))
        text, image = text / text.norm(dim=-1, keepdim=True), image / image.norm(dim=-1, keepdim=True)
        logits = text @ image.t() * self.logit_scale.exp()
        return logits.t(), logits, text, image


class TextTower(nn.Module):
    def __init__(self, whole):
        super().__init__()
        self.text_model, self.text_projection = whole.text_model, whole.text_projection

    def forward(self, input_ids):
        return self.text_projection(self.text_model(input_ids))


class VisionTower(nn.Module):
    def __init__(self, whole):
        super().__init__()
        self.vision_model, self.visual_projection = whole.vision_model, whole.visual_projection

    def forward(self, pixel_values):
        return self.visual_projection(self.vision_model(pixel_values))


def quick_gelu(x):
    return x * torch.sigmoid(1.702 * x)


def export(module, inputs, path, outputs):
    names = list(inputs)
    axes = {name: {0: f"{name}_batch"} for name in names}
    if "input_ids" in axes:
        axes["input_ids"][1] = "sequence_length"
    torch.onnx.export(module, tuple(inputs.values()), str(path), input_names=names, output_names=outputs, dynamic_axes=axes, opset_version=14, do_constant_folding=True)


def tokenizer_json():
    """As `tokenizers` saves CLIP's; merges as pairs, as its newer versions do."""
    printable = [b for b in range(256) if 32 < b < 127 or (b > 160 and b != 173)]
    symbols = [chr(b) for b in printable] + [chr(256 + i) for i in range(256 - len(printable))]
    words = symbols + [s + "</w>" for s in symbols] + [m.replace(" ", "") for m in clip.MERGES] + ["<|startoftext|>", "<|endoftext|>"]
    added = lambda number, content: dict(id=number, content=content, single_word=False, lstrip=False, rstrip=False, normalized=True, special=True)
    pattern = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [added(len(words) - 2, words[-2]), added(len(words) - 1, words[-1])],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]},
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Removed", "invert": True},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True},
            ],
        },
        "post_processor": {"type": "RobertaProcessing", "sep": [words[-1], len(words) - 1], "cls": [words[-2], len(words) - 2], "trim_offsets": False, "add_prefix_space": False},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<|endoftext|>",
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "</w>",
            "fuse_unk": False,
            "vocab": {word: index for index, word in enumerate(words)},
            "merges": [merge.split(" ") for merge in clip.MERGES],
        },
    }


def make(folder, is_split):
    folder = Path(folder)
    folder.mkdir(parents=True)
    activation, name = (quick_gelu, "quick_gelu") if is_split else (F.gelu, "gelu")
    vocabulary = clip.VOCABULARY
    state = relatives.huggingface_state(91 if is_split else 92, vocabulary)
    whole = Clip(activation).eval()
    whole.load_state_dict(state, strict=True)
    ids = torch.tensor([[vocabulary - 2, 5, 6, vocabulary - 1] + [0] * (LENGTH - 4)])
    pixels = torch.zeros(1, 3, IMAGE, IMAGE)
    if is_split:
        export(TextTower(whole), {"input_ids": ids}, folder / "text_model.onnx", ["text_embeds"])
        export(VisionTower(whole), {"pixel_values": pixels}, folder / "vision_model.onnx", ["image_embeds"])
    else:
        outputs = ["logits_per_image", "logits_per_text", "text_embeds", "image_embeds"]
        export(whole, {"input_ids": ids, "pixel_values": pixels}, folder / "model.onnx", outputs)
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer_json(), ensure_ascii=False))
    text = {"hidden_act": name, "num_attention_heads": relatives.TEXT_HEADS}
    vision = {"hidden_act": name, "num_attention_heads": relatives.VISION_HEADS}
    (folder / "config.json").write_text(json.dumps({"model_type": "clip", "text_config": text, "vision_config": vision}))
    mean = MEAN if is_split else [0.5, 0.4, 0.3]
    preparing = {"crop_size": {"height": IMAGE, "width": IMAGE}, "do_center_crop": True, "image_mean": mean, "image_std": STD, "resample": 3, "size": {"shortest_edge": IMAGE}}
    (folder / "preprocessor_config.json").write_text(json.dumps(preparing))

    letter = lambda character, is_last: ord(character) - 33 + (256 if is_last else 0)
    caption = [512 + 1, letter("a", True), 512 + 3]
    ids = torch.tensor(([vocabulary - 2, *caption] + [vocabulary - 1] * LENGTH)[:LENGTH])
    picture = torch.randn(3, IMAGE, IMAGE, generator=torch.Generator().manual_seed(93))
    text = relatives.embed_text(state, ids, activation)
    image = relatives.embed_picture(state, picture, activation)
    relatives.write_answer(folder, caption, ids, text, picture, image, "Cat a  DOG")
