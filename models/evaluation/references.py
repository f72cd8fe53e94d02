"""Writes the real pictures an evaluation compares with: `python3 -m models.evaluation.references --data DIR --out DIR`.

real.rgb (uint8 [n, side, side, 3]) and real.json: single objects of the held-out split first (for the dVAE), then pictures
of the training split in equal shares of natural and tinted ones (for ceilings and the Fréchet distance).
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np

from models.training.pictures import PictureData


def choose(data, count, seed=5):
    """Scene indices: a third held out, two thirds from training."""
    rng = random.Random(seed)
    pools = [
        [*data.indices("held-out", "tint-white"), *data.indices("held-out", "tint-background")],
        [*data.indices("train", "natural-white"), *data.indices("train", "natural-background")],
        [*data.indices("train", "tint-white"), *data.indices("train", "tint-background")],
    ]
    return [int(i) for pool in pools for i in rng.sample(pool, min(len(pool), count // 3))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--count", type=int, default=180)
    args = parser.parse_args()
    out, data = Path(args.out), PictureData(args.data)
    out.mkdir(parents=True, exist_ok=True)
    labels = []
    with open(out / "real.rgb", "wb") as file:
        for index in choose(data, args.count):
            picture = data.compose([index])[0]
            file.write((picture * 255).round().byte().permute(1, 2, 0).contiguous().numpy().astype(np.uint8).tobytes())
            scene, cutout = data.scenes[index], data.cutout_of(index)
            labels.append(
                {"split": scene.split, "concept": cutout["concept"], "tint": cutout["tint"], "background": scene.background}
            )
    (out / "real.json").write_text(json.dumps({"side": data.side, "pictures": labels}))


if __name__ == "__main__":
    main()
