"""The weights folder is deterministic and reads back as it was written; the reference works on it."""

import hashlib
import json
import struct
from dataclasses import replace

import pytest
import torch

from models.training import export
from models.training.config import SIZES, TrainConfig
from models.training.export import is_learned, trained_or_read
from models.training.reference import compute_reference
from models.training.safetensors import read_safetensors, write_safetensors
from models.training.tiny import IDENTITY, write_tiny
from models.training.train_dvae import load_dvae
from models.training.trainer import Trainer
from models.training.transformer import Transformer
from models.training.weights import check_fit, read_clip, read_transformer, read_transformer_config, read_weights, write_weights


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_tiny_is_deterministic(tiny_folder, tmp_path):
    write_tiny(tmp_path)
    assert digests(tmp_path) == digests(tiny_folder)


@pytest.mark.parametrize("size", ["tiny", "tiny-palette"])
def test_sizes_read_back_as_they_were(tmp_path, size):
    write_tiny(tmp_path, size=size)
    assert read_transformer_config(tmp_path) == SIZES[size].transformer
    assert read_clip(tmp_path).config == SIZES[size].clip


def test_layouts_read_back_as_they_were(tiny, tmp_path):
    config = replace(SIZES["tiny"].transformer, attention=("row", "convolution"))
    write_weights(tmp_path, Transformer(config), tiny.dvae, tiny.clip, tiny.bpe, IDENTITY)
    assert read_transformer_config(tmp_path) == config


@pytest.mark.parametrize("size", SIZES)
def test_the_models_of_every_named_size_fit(size):
    check_fit(SIZES[size])


def test_models_that_do_not_fit_are_not_written(tiny, tmp_path):
    other = Transformer(replace(tiny.transformer.config, image_vocabulary=64))
    with pytest.raises(ValueError, match=r"32 and 64 codes \(dVAE, transformer\)"):
        write_weights(tmp_path / "out", other, tiny.dvae, tiny.clip, tiny.bpe, IDENTITY)
    assert not (tmp_path / "out").exists()
    many = replace(SIZES["tiny-palette"], dvae=replace(SIZES["tiny-palette"].dvae, palette_levels=6))
    with pytest.raises(ValueError, match="12 palette tokens of 6 levels need more ids than 64"):
        check_fit(many)


def test_weights_without_a_run_are_exported_as_they_were(tiny_folder, tmp_path, monkeypatch):
    (tmp_path / "identity.json").write_text(json.dumps(IDENTITY))
    options = {"--work": tmp_path, "--weights": tiny_folder, "--identity": tmp_path / "identity.json", "--out": tmp_path / "out"}
    monkeypatch.setattr("sys.argv", ["export", *(str(part) for pair in options.items() for part in pair)])
    export.main()
    assert digests(tmp_path / "out") == digests(tiny_folder)


def test_safetensors_round_trip(tmp_path):
    tensors = {"b": torch.randn(3, 4), "a.weight": torch.randn(2), "scalar": torch.tensor(1.5)}
    write_safetensors(tmp_path / "x.safetensors", tensors)
    again = read_safetensors(tmp_path / "x.safetensors")
    assert all(torch.equal(again[name], tensor) for name, tensor in tensors.items())
    (header,) = struct.unpack("<Q", (tmp_path / "x.safetensors").read_bytes()[:8])
    assert header % 8 == 0  # so that readers can map the numbers as they stand
    (tmp_path / "y.safetensors").write_bytes((tmp_path / "x.safetensors").read_bytes().replace(b"F32", b"F64"))
    with pytest.raises(ValueError, match="has dtype F64; one of F32, F16, I64, I32"):
        read_safetensors(tmp_path / "y.safetensors")


def test_names_and_shapes_of_the_contract(tiny_folder):
    size = json.loads((tiny_folder / "model.json").read_text())["transformer"]
    tensors = read_safetensors(tiny_folder / "transformer.safetensors")
    vocabulary = size["textVocabulary"] + size["textLength"] + size["imageVocabulary"]
    assert list(tensors["token_embedding.weight"].shape) == [vocabulary, size["width"]]
    assert list(tensors["layers.1.attention.qkv.weight"].shape) == [3 * size["heads"] * size["headDim"], size["width"]]
    assert not [name for name in tensors if "mask" in name]
    dvae = read_safetensors(tiny_folder / "dvae.safetensors")
    assert list(dvae["encoder.output.weight"].shape[:1]) == [size["imageVocabulary"]]
    assert not [name for name in dvae if "quantizer" in name]
    clip = read_safetensors(tiny_folder / "clip.safetensors")
    assert {"text_model.final_layer_norm.weight", "vision_model.pre_layrnorm.bias", "logit_scale"} <= set(clip)


def test_reference_repeats_itself_and_scores_its_own_codes(tiny):
    ids = tiny.bpe.encode("a red apple")
    first = compute_reference(tiny, ids)
    scored = compute_reference(tiny, ids, codes=first["greedy"])
    assert torch.allclose(torch.tensor(first["logits"]), torch.tensor(scored["logits"]), atol=1e-4)
    assert [max(range(32), key=row.__getitem__) for row in first["logits"]] == first["greedy"]
    kept = compute_reference(tiny, ids, prefix=[7, 7, 7])
    assert kept["greedy"][:3] == [7, 7, 7] and len(kept["greedy"]) == 16
    assert first["clipText"] == [1, *ids, 2] + [0] * (6 - len(ids))
    assert -1 <= first["clip"]["score"] <= 1


def test_words_are_those_of_kinds_that_were_taught():
    kinds = ("relation", "treatment-sketch", "prompted-sketch", "panels-colour", "treatment-mirrored", "prompted-mirrored")
    assert [kind for kind in kinds if is_learned(kind, ["sketch"])] == list(kinds[:4])


def test_a_weights_folder_stands_in_where_there_is_no_run(tiny_folder, tmp_path):
    tiny = read_weights(tiny_folder)
    read = trained_or_read(Transformer, tmp_path / "transformer", read_transformer, tiny_folder)
    assert read.config == tiny.transformer.config
    assert all(torch.equal(value, tiny.transformer.state_dict()[name]) for name, value in read.state_dict().items())
    Trainer(Transformer(tiny.transformer.config), [], TrainConfig(), tmp_path / "transformer", about=tiny.transformer.config).save()
    trained = trained_or_read(Transformer, tmp_path / "transformer", read_transformer, tiny_folder)
    assert not torch.equal(trained.token_embedding.weight, read.token_embedding.weight)
    pictures = torch.rand(2, 3, 32, 32)
    assert torch.equal(load_dvae(tiny_folder).encode(pictures), tiny.dvae.encode(pictures))
