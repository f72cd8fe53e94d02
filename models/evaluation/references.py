"""Writes the real pictures an evaluation compares with: `python3 -m models.evaluation.references --data DIR --out DIR`.

real.rgb (uint8 [n, side, side, 3]) and real.json: single objects of the held-out split first (for the dVAE), then pictures
of the training split in equal shares of natural and tinted ones (for ceilings and the Fréchet distance). With --questions,
right answers to those about what is composed or treated follow: what the measures can reach there.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np

from models.training.pictures import FULL_FRAME, PictureData, Scene


def choose(data, count, seed=5):
    """Scene indices: a third held out, two thirds from training."""
    rng = random.Random(seed)
    pools = [
        [*data.indices("held-out", "tint-white"), *data.indices("held-out", "tint-background")],
        [*data.indices("train", "natural-white"), *data.indices("train", "natural-background")],
        [*data.indices("train", "tint-white"), *data.indices("train", "tint-background")],
    ]
    return [int(i) for pool in pools for i in rng.sample(pool, min(len(pool), count // 3))]


HALF_PLACES = {
    "horizontal": [(0.25, 0.5), (0.75, 0.5)],
    "vertical": [(0.5, 0.25), (0.5, 0.75)],
    2: [(0.25, 0.5), (0.75, 0.5)],
    3: [(0.5, 0.25), (0.25, 0.75), (0.75, 0.75)],
}


def answer(data, question, rng):
    """A scene that answers a question about a count, a relation, a treatment or panels, of cut-outs in one style."""
    last = (question["treatment"], question["color"])
    last_cutouts = None if last == (None, None) else labelled(data, question["concepts"][-1], *last)
    style = rng.choice(sorted({style for _, style in data.natural_cutouts} if last_cutouts is None else last_cutouts))
    if question["count"] == 1:
        whole = {"cutout": last_cutouts[style], **FULL_FRAME}
        return Scene(question["set"], "answer", question["background"], (whole,), (question["text"],))
    concepts = question["concepts"] if question["direction"] else question["concepts"] * question["count"]
    places = HALF_PLACES[question["direction"] or question["count"]]
    objects = tuple(
        {"cutout": data.natural_cutouts[concept, style], "x": x, "y": y, "size": 0.5} for concept, (x, y) in zip(concepts, places)
    )
    if last_cutouts is not None:
        objects = (*objects[:-1], {**objects[-1], "cutout": last_cutouts[style]})
    return Scene(question["set"], "answer", question["background"], objects, (question["text"],))


def labelled(data, concept, treatment, tint):
    """Style to cut-out of a concept, treated or tinted so."""
    wanted = (concept, treatment, tint)
    return {c["style"]: i for i, c in enumerate(data.cutouts) if (c["concept"], c.get("treatment"), c["tint"]) == wanted}


def as_bytes(picture):
    """[3, side, side] in [0, 1] as rows of RGB bytes."""
    return (picture * 255).round().byte().permute(1, 2, 0).contiguous().numpy().astype(np.uint8).tobytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--count", type=int, default=180)
    parser.add_argument("--questions", help="JSON list of questions (questions.ts)")
    args = parser.parse_args()
    out, data = Path(args.out), PictureData(args.data)
    out.mkdir(parents=True, exist_ok=True)
    labels = []
    with open(out / "real.rgb", "wb") as file:
        for index in choose(data, args.count):
            file.write(as_bytes(data.compose([index])[0]))
            scene, cutout = data.scenes[index], data.cutout_of(index)
            labels.append(
                {"split": scene.split, "concept": cutout["concept"], "tint": cutout["tint"], "background": scene.background}
            )
        questions = json.loads(Path(args.questions).read_text()) if args.questions else []
        rng = random.Random(6)
        for question in questions:
            if question["count"] > 1 or question["treatment"] is not None:
                file.write(as_bytes(data.draw([answer(data, question, rng)])[0]))
                labels.append({"split": "answer", "question": question})
    (out / "real.json").write_text(json.dumps({"side": data.side, "pictures": labels}))


if __name__ == "__main__":
    main()
