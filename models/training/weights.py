"""The weights folder of docs/weights-format.md: written by training, read by the reference and the pack builder."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch

from .bpe import Bpe, load_bpe
from .clip import Clip
from .config import ClipConfig, DvaeConfig, PackSize, TransformerConfig
from .dvae import Dvae, grid_of
from .safetensors import read_safetensors, write_safetensors
from .transformer import Transformer

DEFAULT_SAMPLING = {"temperature": 0.7, "topK": 0, "topP": 0.9, "guidanceScale": 1.0, "candidates": 16}


@dataclass
class Weights:
    """Everything one pack is made of."""

    transformer: Transformer
    dvae: Dvae
    clip: Clip
    bpe: Bpe
    description: dict  # model.json


def dvae_tensors(model):
    """Names of the contract; the quantiser folds into the encoder's output and the decoder's codebook."""
    weight, bias = model.quantizer.logit_head()
    tensors = {name: tensor for name, tensor in model.state_dict().items() if not name.startswith("quantizer.")}
    tensors["encoder.output.weight"] = weight[:, :, None, None]
    tensors["encoder.output.bias"] = bias
    tensors["decoder.codebook.weight"] = model.quantizer.decoder_codebook()
    return tensors


def describe(transformer, dvae, clip, identity, sampling=None):
    """model.json."""
    return {
        **identity,
        "transformer": {
            "width": transformer.width, "layers": transformer.layers, "heads": transformer.heads,
            "headDim": transformer.head_width, "mlpWidth": transformer.mlp_width, "activation": transformer.activation,
            "norm": "layernorm", "normEps": transformer.norm_eps, "qkNorm": transformer.qk_norm,
            "textLength": transformer.text_length, "textVocabulary": transformer.text_vocabulary, "bos": transformer.bos,
            "eos": None, "rows": transformer.rows, "columns": transformer.columns, "paletteRows": transformer.palette_rows,
            "imageVocabulary": transformer.image_vocabulary, "attention": list(transformer.layouts),
        },
        "dvae": {
            "pictureSize": [dvae.picture_side] * 2, "encoderSize": [dvae.encoder_side] * 2, "pixels": dvae.pixels,
            "gain": dvae.gain, "encoder": {"inputStride": 1, "downsample": list(dvae.downsample)},
            "decoder": {"upsample": list(dvae.upsample), "shuffle": dvae.shuffle},
            "palette": {"positions": dvae.palette_positions, "levels": dvae.palette_levels} if dvae.palette_positions else None,
        },
        "clip": {
            "imageSize": clip.image_side, "patchSize": clip.patch, "mean": list(clip.mean), "std": list(clip.std),
            "resample": "area", "textLength": clip.text_length, "textVocabulary": clip.text_vocabulary, "bos": clip.bos,
            "eos": clip.eos, "pad": clip.pad, "textWidth": clip.text_width, "textLayers": clip.text_layers,
            "textHeads": clip.text_heads, "visionWidth": clip.vision_width, "visionLayers": clip.vision_layers,
            "visionHeads": clip.vision_heads, "projection": clip.projection, "activation": "quick_gelu",
        },
        "sampling": sampling or DEFAULT_SAMPLING,
    }  # fmt: skip


def check_fit(size):
    """ValueError where the three models of a PackSize do not fit each other."""
    dvae, transformer, clip = size.dvae, size.transformer, size.clip
    pairs = {
        "codes (dVAE, transformer)": (dvae.vocabulary, transformer.image_vocabulary),
        "rows of the grid (dVAE, transformer)": (grid_of(dvae), transformer.rows - transformer.palette_rows),
        "palette tokens (dVAE, transformer)": (dvae.palette_positions, transformer.palette_rows * transformer.columns),
        "text ids (transformer, CLIP)": (transformer.text_vocabulary, clip.text_vocabulary),
    }
    for name, (a, b) in pairs.items():
        if a != b:
            raise ValueError(f"models that do not fit: {a} and {b} {name}")
    if dvae.palette_positions * dvae.palette_levels > dvae.vocabulary:
        raise ValueError(f"{dvae.palette_positions} palette tokens of {dvae.palette_levels} levels need more ids than {dvae.vocabulary}")


def write_weights(folder, transformer, dvae, clip, bpe, identity, sampling=None):
    """Writes the whole folder; ValueError, and nothing written, where the models do not fit each other."""
    check_fit(PackSize(dvae.config, transformer.config, clip.config))
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    bpe.save(folder / "tokenizer.json")
    write_safetensors(folder / "transformer.safetensors", transformer.state_dict())
    write_safetensors(folder / "dvae.safetensors", dvae_tensors(dvae))
    write_safetensors(folder / "clip.safetensors", clip.state_dict())
    description = describe(transformer.config, dvae.config, clip.config, identity, sampling)
    (folder / "model.json").write_text(json.dumps(description, indent=2) + "\n")


class FoldedQuantizer(torch.nn.Module):
    """A quantiser as it is exported: logits and a codebook, no training."""

    def __init__(self, logit_weight, logit_bias, codebook):
        super().__init__()
        for name, tensor in (("logit_weight", logit_weight), ("logit_bias", logit_bias), ("codebook", codebook)):
            self.register_buffer(name, tensor)

    def logit_head(self):
        """As that of `VectorQuantizer`."""
        return self.logit_weight, self.logit_bias

    def decoder_codebook(self):
        """As that of `VectorQuantizer`."""
        return self.codebook


def read_dvae(path, size):
    """Rebuilds the dVAE from names and shapes alone."""
    tensors = read_safetensors(path)

    def group_shapes(part):
        channels, blocks, kernels = [], [], []
        while f"{part}.groups.{len(channels)}.blocks.0.res_path.0.weight" in tensors:
            group = f"{part}.groups.{len(channels)}.blocks"
            count = 0
            while f"{group}.{count}.res_path.0.weight" in tensors:
                count += 1
            sizes = []
            while f"{group}.0.res_path.{len(sizes)}.weight" in tensors:
                last = tensors[f"{group}.0.res_path.{len(sizes)}.weight"]
                sizes.append(last.shape[-1])
            channels.append(last.shape[0])
            blocks.append(count)
            kernels.append(tuple(sizes))
        return tuple(channels), tuple(blocks), tuple(kernels)

    encoder_channels, encoder_blocks, encoder_kernels = group_shapes("encoder")
    decoder_channels, decoder_blocks, decoder_kernels = group_shapes("decoder")
    first = tensors["decoder.groups.0.blocks.0.res_path.0.weight"]
    config = DvaeConfig(
        vocabulary=len(tensors["decoder.codebook.weight"]), encoder_side=size["encoderSize"][0],
        picture_side=size["pictureSize"][0], encoder_channels=encoder_channels, encoder_blocks=encoder_blocks,
        encoder_kernels=encoder_kernels, downsample=tuple(size["encoder"]["downsample"]),
        stem_kernel=tensors["encoder.input.weight"].shape[-1], decoder_channels=decoder_channels,
        decoder_blocks=decoder_blocks, decoder_kernels=decoder_kernels, upsample=tuple(size["decoder"]["upsample"]),
        output_kernel=tensors["decoder.output.weight"].shape[-1],
        bottleneck=max(1, decoder_channels[0] // first.shape[0]), gain=size["gain"], pixels=size["pixels"],
        shuffle=size["decoder"].get("shuffle", 1), **read_palette(tensors, size.get("palette")),
    )  # fmt: skip
    model = Dvae(config)
    model.quantizer = FoldedQuantizer(
        tensors.pop("encoder.output.weight")[:, :, 0, 0], tensors.pop("encoder.output.bias"),
        tensors.pop("decoder.codebook.weight"),
    )  # fmt: skip
    model.load_state_dict({**tensors, **{f"quantizer.{k}": v for k, v in model.quantizer.state_dict().items()}})
    return model.eval()


def read_palette(tensors, palette):
    """The palette's part of the configuration; nothing without one."""
    if not palette:
        return {}
    return {
        "palette_positions": palette["positions"], "palette_levels": palette["levels"],
        "palette_width": tensors["palette.value.weight"].shape[1],
    }  # fmt: skip


def read_transformer_config(folder):
    """The size of a weights folder's transformer; optional keys of model.json mean what they mean in docs/weights-format.md."""
    t = read_description(folder)["transformer"]
    attention = tuple(t["attention"])
    return TransformerConfig(
        width=t["width"], layers=t["layers"], heads=t["heads"], head_width=t["headDim"], mlp_width=t["mlpWidth"],
        activation=t["activation"], qk_norm=t["qkNorm"], norm_eps=t["normEps"], text_length=t["textLength"],
        text_vocabulary=t["textVocabulary"], rows=t["rows"], columns=t["columns"],
        image_vocabulary=t["imageVocabulary"], bos=t["bos"], attention=attention if set(attention) != {"dense"} else (),
        palette_rows=t.get("paletteRows", 0),
    )  # fmt: skip


def read_transformer(folder):
    """The transformer of a weights folder."""
    transformer = Transformer(read_transformer_config(folder))
    transformer.load_state_dict(read_safetensors(Path(folder) / "transformer.safetensors"))
    return transformer


def read_clip(folder):
    """The CLIP of a weights folder."""
    c = read_description(folder)["clip"]
    clip = Clip(
        ClipConfig(
            image_side=c["imageSize"], patch=c["patchSize"], text_length=c["textLength"],
            text_vocabulary=c["textVocabulary"], bos=c["bos"], eos=c["eos"], pad=c["pad"], text_width=c["textWidth"],
            text_layers=c["textLayers"], text_heads=c["textHeads"], vision_width=c["visionWidth"],
            vision_layers=c["visionLayers"], vision_heads=c["visionHeads"], projection=c["projection"],
            mean=tuple(c["mean"]), std=tuple(c["std"]),
        )
    )  # fmt: skip
    clip.load_state_dict(read_safetensors(Path(folder) / "clip.safetensors"))
    return clip


def read_description(folder):
    """model.json."""
    return json.loads((Path(folder) / "model.json").read_text())


def read_weights(folder):
    """Reads what `write_weights` wrote."""
    folder = Path(folder)
    description = read_description(folder)
    dvae = read_dvae(folder / "dvae.safetensors", description["dvae"])
    bpe = load_bpe(folder / "tokenizer.json")
    return Weights(read_transformer(folder).eval(), dvae, read_clip(folder).eval(), bpe, description)
