"""All three stages on a tiny split, as one would run them, then the export."""

import subprocess
import sys

import torch

from models.training.reference import compute_reference
from models.training.weights import read_weights

from .conftest import ROOT


def run(stage, *options):
    command = [sys.executable, "-m", f"models.training.{stage}", *map(str, options)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_from_pictures_to_weights(small_dataset, tmp_path):
    common = ["--data", small_dataset, "--size", "smoke", "--threads", "1"]
    tokens = ["--codes", tmp_path / "codes.npy", "--tokenizer", tmp_path / "tokenizer.json"]
    run("train_bpe", "--data", small_dataset, "--out", tmp_path / "tokenizer.json", "--vocabulary", "256")
    run("train_dvae", *common, "--run", tmp_path / "dvae", "--steps", "40", "--batch", "4")
    run("encode_pictures", "--data", small_dataset, "--dvae", tmp_path / "dvae", "--out", tmp_path / "codes.npy")
    run("train_transformer", *common, *tokens, "--run", tmp_path / "transformer", "--steps", "6", "--batch", "4")
    clip = ["--dvae", tmp_path / "dvae", "--run", tmp_path / "clip", "--steps", "2", "--anchors", "4"]
    run("train_clip", *common, *tokens, *clip)
    run("export", "--work", tmp_path, "--out", tmp_path / "unsettled")
    settling = ["--run", tmp_path / "settling", "--count", "8", "--steps", "2", "--batch", "4", "--threads", "1"]
    run("settle_encoder", "--weights", tmp_path / "unsettled", "--data", small_dataset, "--out", tmp_path / "export", *settling)
    weights, before = read_weights(tmp_path / "export"), read_weights(tmp_path / "unsettled")
    assert not torch.equal(weights.dvae.quantizer.logit_bias, before.dvae.quantizer.logit_bias)
    assert torch.equal(weights.dvae.decoder.output.weight, before.dvae.decoder.output.weight)
    reference = compute_reference(weights, weights.bpe.encode("a red cat"))
    assert len(reference["greedy"]) == 16
    assert torch.tensor(reference["pixels"]).shape == (3, 32, 32)
