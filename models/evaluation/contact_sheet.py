"""A sheet of prompts and pictures to look at.

    python3 -m models.evaluation.contact_sheet --weights DIR --out sheet.png [--prompts FILE] [--candidates 8] [--show 4]

One line a prompt: the best `--show` of `--candidates` by CLIP, best first. `--unranked` shows them as drawn.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image, ImageDraw

from models.training.machine import prepare_machine
from models.training.sampler import read_sampling
from models.training.weights import read_weights

from .draw import draw

LABEL_HEIGHT = 18


def to_image(picture, side):
    """[3, S, S] in [0, 1] to a PIL image."""
    pixels = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    return Image.fromarray(pixels).resize((side, side), Image.LANCZOS)


def make_sheet(entries, side, columns):
    """entries: (label, pictures). Each entry is a strip of pictures under its label, `columns` strips a row."""
    shown = max(len(pictures) for _, pictures in entries)
    width, height = shown * side + 8, side + LABEL_HEIGHT + 4
    rows = -(-len(entries) // columns)
    sheet = Image.new("RGB", (columns * width, rows * height), "#e8e8e8")
    pen = ImageDraw.Draw(sheet)
    for n, (label, pictures) in enumerate(entries):
        left, top = n % columns * width, n // columns * height
        pen.text((left + 3, top + 4), label, fill="black")
        for i, picture in enumerate(pictures):
            sheet.paste(to_image(picture, side), (left + i * side, top + LABEL_HEIGHT))
    return sheet


def read_prompts(path):
    """Lines of a file that hold something and do not begin with #."""
    return [line.strip() for line in Path(path).read_text().splitlines() if line.strip() and not line.startswith("#")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--prompts", default=str(Path(__file__).with_name("prompts-24.txt")))
    parser.add_argument("--candidates", type=int, default=8)
    parser.add_argument("--show", type=int, default=4)
    parser.add_argument("--unranked", action="store_true")
    parser.add_argument("--side", type=int, default=96)
    parser.add_argument("--columns", type=int, default=3)
    parser.add_argument("--temperature", type=float)
    parser.add_argument("--top-p", type=float)
    parser.add_argument("--guidance", type=float)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    prepare_machine(args.threads)
    weights = read_weights(args.weights)
    given = {"temperature": args.temperature, "top_p": args.top_p, "guidance_scale": args.guidance}
    settings = {name: value for name, value in given.items() if value is not None}
    config = replace(read_sampling(weights.description["sampling"]), **settings)
    prompts = read_prompts(args.prompts)
    entries = []
    for start in range(0, len(prompts), 8):
        for drawn in draw(weights, prompts[start : start + 8], args.candidates, config, args.seed + start):
            order = torch.arange(args.candidates) if args.unranked else drawn.best_first()
            entries.append((drawn.prompt, drawn.pictures[order[: args.show]]))
    make_sheet(entries, args.side, args.columns).save(args.out)


if __name__ == "__main__":
    main()
