"""Times a whole run, prompt to ranked pictures, in PyTorch eager with a cache: the shapes of a pack, without its values.

    python3 torch_run.py PACK_FOLDER THREADS GUIDANCE REPEATS

Finds the size in models/training/config.py whose numbers are those of pack.json and makes its models with untrained weights:
time depends on shapes alone. Prints {"seconds"}, the fastest repeat with 16 candidates, or {"seconds": null} when no size fits.
"""

import json
import sys
from pathlib import Path

import torch

from models.training.benchmark import time_once
from models.training.bpe import load_bpe
from models.training.clip import Clip
from models.training.config import SIZES
from models.training.dvae import Dvae
from models.training.sampler import SamplingConfig
from models.training.transformer import Transformer
from models.training.weights import Weights


def numbers_of_pack(manifest):
    image, text, size = manifest["image"], manifest["text"], manifest["transformer"]
    return (
        size["layers"], size["width"], size["heads"], size["headDim"], text["length"], text["vocabulary"], image["rows"],
        image["columns"], image["vocabulary"], manifest["picture"]["width"], manifest["clip"]["imageSize"],
    )  # fmt: skip


def numbers_of_size(size):
    t = size.transformer
    return (
        t.layers, t.width, t.heads, t.head_width, t.text_length, t.text_vocabulary, t.rows, t.columns, t.image_vocabulary,
        size.dvae.picture_side, size.clip.image_side,
    )  # fmt: skip


def main():
    folder, threads, guidance, repeats = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(threads)
    manifest = json.loads((folder / "pack.json").read_text())
    fitting = [size for size in SIZES.values() if numbers_of_size(size) == numbers_of_pack(manifest)]
    if not fitting:
        print(json.dumps({"seconds": None}))
        return
    size = fitting[0]
    models = [Transformer(size.transformer), Dvae(size.dvae), Clip(size.clip)]
    weights = Weights(*[model.eval() for model in models], load_bpe(folder / "tokenizer.json"), {})
    config = SamplingConfig(guidance_scale=guidance)
    runs = [time_once(weights, "a red apple on a white background", 16, config)["total"] for _ in range(repeats)]
    print(json.dumps({"seconds": min(runs)}))


if __name__ == "__main__":
    main()
