"""`make_checkpoints.py FOLDER FAMILY…`: writes small checkpoints in the exact layout of published ones, each with the
answers of an independent forward pass. Needs PyTorch; for tests only."""

import sys
from pathlib import Path

import clip
import clip_onnx
import clip_relatives
import dalle_mini
import dalle_pytorch
import min_dall_e
import openai_dvae
import rudalle

FAMILIES = {
    "min-dall-e": min_dall_e.make,
    "openai-clip": clip.make,
    "huggingface-clip": clip_relatives.make_huggingface,
    "onnx-clip": lambda folder: clip_onnx.make(folder, False),
    "onnx-clip-towers": lambda folder: clip_onnx.make(folder, True),
    "ruclip": clip_relatives.make_ruclip,
    "min-dalle": dalle_mini.make_min_dalle,
    "dalle-mini-flax": dalle_mini.make_flax,
    "openai-dvae": openai_dvae.make,
    "dalle-pytorch-2021": lambda folder: dalle_pytorch.make(folder, True),
    "dalle-pytorch": lambda folder: dalle_pytorch.make(folder, False),
    "dalle-pytorch-own-vae": lambda folder: dalle_pytorch.make(folder, False, True),
    "dalle-pytorch-rotary": lambda folder: dalle_pytorch.make(folder, False, True, is_rotary=True),
    "dalle-pytorch-reversible": lambda folder: dalle_pytorch.make(folder, False, True, is_reversible=True),
    "dalle-pytorch-shifted-2021": lambda folder: dalle_pytorch.make(folder, True, is_shifted=True),
    "dalle-pytorch-shifted": lambda folder: dalle_pytorch.make(folder, False, True, is_rotary=True, is_shifted=True),
    "rudalle-v2": lambda folder: rudalle.make(folder, "v2"),
    "rudalle-v3": lambda folder: rudalle.make(folder, "v3"),
}

if __name__ == "__main__":
    root = Path(sys.argv[1])
    for family in sys.argv[2:] or FAMILIES:
        FAMILIES[family](root / family)
