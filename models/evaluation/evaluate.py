"""Measures what a pack draws, with a judge trained apart from the ranker.

    python3 -m models.evaluation.evaluate --weights DIR [--data DIR] [--judge RUN] [--per-set N] [--candidates 16] [--json FILE]

For every set of prompts: object top-1 and top-5 by the judge, object colour and background by pixels, each at best-of-1, 4, …
candidates by CLIP. Beside them the judge's and the colour measure's ceiling (decoded real pictures), dVAE PSNR and codes used
on held-out pictures, a Fréchet distance on judge features with its floor (real against real), and how near samples are to
their nearest training picture.
"""

import argparse
import json
from pathlib import Path

import torch

from models.training.machine import prepare_machine
from models.training.pictures import PictureData, shrink
from models.training.sampler import SamplingConfig
from models.training.train_dvae import measure
from models.training.weights import read_weights

from .colors import background_names, object_colors
from .draw import draw
from .judge import frechet_distance, load_judge
from .prompt_sets import make_questions


def share(answers):
    known = [answer for answer in answers if answer is not None]
    return round(sum(known) / len(known), 3) if known else None


class Verdicts:
    """What the measures say of the picture chosen at every N."""

    def __init__(self, sizes):
        self.sizes = sizes
        self.columns = {key: {n: [] for n in sizes} for key in ("judgeTop1", "judgeTop5", "objectColour", "background")}

    def add(self, question, drawn, judge, data):
        logits = judge(drawn.pictures)
        target = judge.concepts.index(question.concept)
        top5 = logits.topk(5).indices
        colors = object_colors(drawn.pictures, data.backgrounds[question.background])
        backgrounds = background_names(drawn.pictures, data.backgrounds)
        for n in self.sizes:
            best = int(drawn.scores[:n].argmax())
            self.columns["judgeTop1"][n].append(int(top5[best, 0]) == target)
            self.columns["judgeTop5"][n].append(target in top5[best].tolist())
            self.columns["objectColour"][n].append(None if question.color is None else colors[best] == question.color)
            self.columns["background"][n].append(backgrounds[best] == question.background)

    def table(self):
        return {key: {str(n): share(answers) for n, answers in column.items()} for key, column in self.columns.items()}


@torch.no_grad()
def measure_ceiling(weights, judge, data, questions):
    """The same measures on real pictures and on what the dVAE makes of them."""
    wanted = {(q.concept, q.color, q.background): q for q in questions}
    chosen = {}
    for index, scene in enumerate(data.scenes):
        cutout = data.cutout_of(index)
        key = (cutout["concept"], cutout["tint"], scene.background)
        if len(scene.objects) == 1 and key in wanted and key not in chosen and "treatment" not in cutout:
            chosen[key] = index
    real = data.compose(list(chosen.values()))
    dvae = weights.dvae
    decoded = dvae.decode(dvae.encode(shrink(real, dvae.config.encoder_side)), weights.transformer.config.rows)
    result = {}
    for name, pictures in (("real", real), ("decoded", decoded)):
        right = [judge.concepts.index(key[0]) == i for key, i in zip(chosen, judge(pictures).argmax(1).tolist())]
        colors = [
            None if key[1] is None else object_colors(picture[None], data.backgrounds[key[2]])[0] == key[1]
            for key, picture in zip(chosen, pictures)
        ]
        result[name] = {"judgeTop1": share(right), "objectColour": share(colors)}
    return result, real, decoded


@torch.no_grad()
def nearest_distances(pictures, real, side=32):
    """Root mean square distance of each picture to its nearest of `real`, on 32 px thumbnails."""
    a, b = (shrink(p, side).flatten(1) for p in (pictures, real))
    return torch.cdist(a, b).min(1).values / a.shape[1] ** 0.5


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--data", default="models/work/dataset")
    parser.add_argument("--judge", default="models/work/judge")
    parser.add_argument("--per-set", type=int, default=24)
    parser.add_argument("--candidates", type=int, default=16)
    parser.add_argument("--wave", type=int, default=1)
    parser.add_argument("--temperature", type=float)
    parser.add_argument("--guidance", type=float)
    parser.add_argument("--json", default="-")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    prepare_machine(args.threads)
    weights, data, judge = read_weights(args.weights), PictureData(args.data), load_judge(args.judge)
    split = json.loads((Path(args.data) / "split.json").read_text())
    defaults = weights.description["sampling"]
    config = SamplingConfig(
        temperature=defaults["temperature"] if args.temperature is None else args.temperature,
        top_p=defaults["topP"],
        guidance_scale=defaults["guidanceScale"] if args.guidance is None else args.guidance,
    )
    sets = make_questions(data, split, args.per_set, args.wave)
    sizes = [n for n in (1, 4, 16, 64) if n <= args.candidates]
    report, best = {}, []
    with torch.no_grad():
        for name, questions in sets.items():
            verdicts = Verdicts(sizes)
            for n, question in enumerate(questions):
                (drawn,) = draw(weights, [question.text], args.candidates, config, 1000 + n)
                verdicts.add(question, drawn, judge, data)
                best.append(drawn.pictures[int(drawn.scores.argmax())])
            report[name] = {"prompts": len(questions), **verdicts.table()}
        drawn = torch.stack(best)
        everything = [question for questions in sets.values() for question in questions]
        ceiling, real, _ = measure_ceiling(weights, judge, data, everything)
        features = [judge.features(pictures) for pictures in (drawn, real)]
        halves = features[1][::2], features[1][1::2]
        held_out = data.indices("held-out")
        report["ceiling"] = ceiling
        report["frechet"] = round(frechet_distance(*features), 3)
        report["frechetFloor"] = round(frechet_distance(*halves), 3)
        report["nearestTraining"] = round(nearest_distances(drawn, real).mean().item(), 4)
        dvae = measure(weights.dvae, data, held_out[:: max(1, len(held_out) // 200)])
        report["psnr"] = round(dvae["psnr"], 2)
        report["codebookUsed"] = round(dvae["codes_used"] / weights.dvae.config.vocabulary, 3)
    text = json.dumps(report, indent=1)
    if args.json == "-":
        print(text)
    else:
        Path(args.json).write_text(text + "\n")


if __name__ == "__main__":
    main()
