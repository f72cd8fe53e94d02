"""PSNR of dVAE runs by kind of scene: `python3 -m models.evaluation.reconstruction --data DIR RUN [RUN …]`; prints one JSON object.

The same pictures for every run, read as the transformer learns them: shapes from the neutral picture, colours from the true one.
Held-out scenes where a kind has some.
"""

import argparse
import json
from pathlib import Path

import torch

from models.training.machine import prepare_machine
from models.training.pictures import PictureData
from models.training.train_dvae import load_dvae, measure

KINDS = ("natural-white", "tint-white", "placed", "count", "relation", "treatment-sketch", "panels-sketch", "panels-colour")


def reconstruction(data, runs, count, kinds=KINDS):
    """{kind: {run: PSNR in decibels at the picture's side}} over `count` scenes of each kind the data has; `runs`: name to dVAE."""
    generator = torch.Generator().manual_seed(3)
    report = {}
    for kind in kinds:
        pool = next((pool for split in ("held-out", "train") if len(pool := data.indices(split, kind))), None)
        if pool is None:
            continue
        some = pool[torch.randperm(len(pool), generator=generator)[:count].numpy()]
        report[kind] = {name: round(measure(model, data, some, is_neutral=True)["psnr"], 2) for name, model in runs.items()}
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", help="folders of dVAE runs")
    parser.add_argument("--data", required=True)
    parser.add_argument("--count", type=int, default=48, help="pictures of each kind")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    prepare_machine(args.threads)
    runs = {Path(run).name: load_dvae(run) for run in args.runs}
    print(json.dumps(reconstruction(PictureData(args.data), runs, args.count), indent=1))


if __name__ == "__main__":
    main()
