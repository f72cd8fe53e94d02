"""What the drawn answers show: `python3 -m models.evaluation.measure --run DIR --data DIR [--sheets DIR]`; prints one JSON object.

Reads what draw-answers.ts and references.py wrote. Objects by the judge, colours and backgrounds by pixels, counts and places by
connected components, treatments by their thumbnails, each for the best of N by CLIP; beside them the same measures on real pictures and on what the dVAE
makes of those (the ceiling), the dVAE's PSNR and codes, and a Fréchet distance on judge features with its floor.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from models.training.machine import prepare_machine
from models.training.pictures import PictureData, psnr, shrink, single_object_scene

from .colors import background_names, object_colors
from .components import crop, find_objects, is_before
from .contact_sheet import make_sheet
from .judge import frechet_distance, read_judge
from .panels import are_panels_right, are_treated_right, treated_looks

SIDE = 96
SIZES = (1, 4, 16, 64)
# Measures of what is composed or treated, each with a set of its own name.
COMPOSED = ("count", "relation", "sketch", "blackAndWhite", "outline", "mirrored", "upsideDown", "panels")


def share(answers):
    """The share of true ones among those that are not None, or None where there are none."""
    known = [answer for answer in answers if answer is not None]
    return round(sum(known) / len(known), 3) if known else None


def read_pictures(path, count, height, width):
    """uint8 [count, height, width, 3] as [count, 3, height, width] in [0, 1]."""
    raw = np.fromfile(path, np.uint8).reshape(count, height, width, 3)
    return torch.from_numpy(raw).permute(0, 3, 1, 2).float() / 255


def names_of(judge, pictures, k=5):
    """The judge's k likeliest concepts of every picture."""
    return [[judge.concepts[i] for i in row] for row in judge(pictures).topk(min(k, len(judge.concepts))).indices.tolist()]


def is_count_right(picture, question, background, judge):
    """As many objects as the prompt says, the asked one among the judge's five likeliest for each."""
    boxes = find_objects(picture, background)
    if len(boxes) != question["count"]:
        return False
    crops = torch.stack([crop(picture, box, background) for box in boxes])
    return all(question["concepts"][0] in names for names in names_of(judge, crops))


def is_relation_right(picture, question, background, judge):
    """Two objects, each among the judge's five likeliest, on the sides the prompt says."""
    boxes = find_objects(picture, background)[:2]
    if len(boxes) < 2:
        return False
    first, second = boxes if is_before(*boxes, question["direction"]) else boxes[::-1]
    crops = torch.stack([crop(picture, box, background) for box in (first, second)])
    return all(concept in names for concept, names in zip(question["concepts"], names_of(judge, crops)))


def nearest_styles(data, concept, pictures):
    """The style of the concept's natural picture that each of `pictures` [B, 3, S, S] on white is nearest to, on 32 px thumbnails."""
    looks = {style: cutout for (name, style), cutout in data.natural_cutouts.items() if name == concept}
    scenes = [single_object_scene(cutout) for cutout in looks.values()]
    distances = torch.cdist(shrink(pictures, 32).flatten(1), shrink(data.draw(scenes), 32).flatten(1))
    return [list(looks)[i] for i in distances.argmin(1)]


def verdicts(question, pictures, judge, data, looks):
    """What every candidate of one question gets right: name of the measure to a list of bool or None. `looks`: by treatment."""
    backgrounds = data.backgrounds
    background = backgrounds[question["background"]]
    found = {"background": [name == question["background"] for name in background_names(pictures, backgrounds)]}
    if question["set"] == "count":
        found["count"] = [is_count_right(picture, question, background, judge) for picture in pictures]
    elif question["set"] in ("panels", "givenPanels"):
        name = lambda crops: names_of(judge, crops)  # noqa: E731
        look = looks.get(question["treatment"])
        found["panels"] = [are_panels_right(picture, question, background, name, look) for picture in pictures]
    elif question["treatment"] is not None:
        found[question["set"]] = are_treated_right(pictures, question["concepts"][0], looks[question["treatment"]])
    elif question["direction"] is not None:
        found["relation"] = [is_relation_right(picture, question, background, judge) for picture in pictures]
    else:
        names = names_of(judge, pictures)
        found["judgeTop1"] = [row[0] == question["concepts"][0] for row in names]
        found["judgeTop5"] = [question["concepts"][0] in row for row in names]
        if question["color"] is not None:
            found["objectColour"] = [color == question["color"] for color in object_colors(pictures, background)]
        if question["style"] is not None:
            found["style"] = [style == question["style"] for style in nearest_styles(data, question["concepts"][0], pictures)]
    return found


def best_of(scores, n):
    """Index of the best of the first n by CLIP."""
    return max(range(n), key=lambda i: scores[i])


def tabulate(questions, candidates, found):
    """{measure: {N: share right}} over some questions."""
    sizes = [n for n in SIZES if n <= candidates]
    measures = dict.fromkeys(measure for row in found for measure in row)
    return {
        measure: {
            str(n): share([row[measure][best_of(q["scores"], n)] for q, row in zip(questions, found) if measure in row])
            for n in sizes
        }
        for measure in measures
    }


def nearest_distances(pictures, batches, side=32):
    """Root mean square distance of each picture to its nearest of all `batches` of pictures, on 32 px thumbnails."""
    ours = shrink(pictures, side).flatten(1)
    nearest = torch.full((len(ours),), torch.inf)
    for batch in batches:
        nearest = torch.minimum(nearest, torch.cdist(ours, shrink(batch, side).flatten(1)).min(1).values)
    return nearest / ours.shape[1] ** 0.5


def training_pictures(data, size=128):
    """Every picture of one object that training has seen, in batches."""
    indices = [i for i, s in enumerate(data.scenes) if s.split == "train" and s.kind.startswith(("natural", "tint"))]
    return (data.compose(np.array(indices[start : start + size])) for start in range(0, len(indices), size))


def frechet_distances(features, real):
    """Of drawn pictures to real ones, and of real ones to others as the floor, with as many in each: the distance grows as samples shrink."""
    halves = real[::2], real[1::2]
    count = min(len(features), *map(len, halves))
    drawn, (first, second) = features[:count], (half[:count] for half in halves)
    return {
        "frechet": round(frechet_distance(drawn, first), 3),
        "frechetFloor": round(frechet_distance(second, first), 3),
        "frechetPictures": count,
    }


def variety_of(drawn):
    """Root mean square distance between the first two candidates of every question, on 32 px thumbnails."""
    if drawn.shape[1] < 2:
        return 0.0
    first, second = (shrink(drawn[:, i], 32) for i in (0, 1))
    return (first - second).square().mean((1, 2, 3)).sqrt().mean().item()


def measure_answers(pictures, labels, judge, data, looks):
    """Shares of the right answers among `pictures` that the measures of what is composed accept."""
    found = {name: [] for name in COMPOSED}
    for picture, label in zip(pictures, labels):
        if "question" in label:
            rows = verdicts(label["question"], picture[None], judge, data, looks)
            for measure in found.keys() & rows.keys():
                found[measure] += rows[measure]
    return {name: share(rows) for name, rows in found.items()}


def measure_real(pictures, labels, judge, backgrounds):
    """Shares of real pictures of one object [n, 3, S, S] that the judge and the colour measure name as they are labelled."""
    names = names_of(judge, pictures)
    colors = [
        object_colors(picture[None], backgrounds[label["background"]])[0] == label["tint"]
        for picture, label in zip(pictures, labels)
        if label["tint"]
    ]
    return {
        "judgeTop1": share([row[0] == label["concept"] for row, label in zip(names, labels)]),
        "judgeTop5": share([label["concept"] in row for row, label in zip(names, labels)]),
        "objectColour": share(colors),
    }


def by_set(questions, candidates, found):
    """Shares right of what was asked: over what training has shown in other pictures, of held-out pairs, of each composed measure, by set."""

    def of(*sets):
        chosen = [(q, row) for q, row in zip(questions, found) if q["set"] in sets]
        return tabulate([q for q, _ in chosen], candidates, [row for _, row in chosen])

    return {
        **of("natural", "seenTint", "background"),
        "heldOut": of("heldOut"),
        **{name: of(name).get(name) for name in COMPOSED},
        "givenPanels": of("givenPanels").get("panels"),
        "sets": {name: of(name) for name in dict.fromkeys(q["set"] for q in questions)},
    }


def measure_dvae(real, decoded, about):
    """PSNR of decoded to real pictures [n, 3, H, W] at both sides (null where n is 0), and codebook usage."""
    pairs = {"psnr": (real, decoded), "psnrSmall": (shrink(real, SIDE), shrink(decoded, SIDE))} if len(real) else {}
    return {
        **dict.fromkeys(("psnr", "psnrSmall")),
        **{name: round(psnr(*pair).mean().item(), 2) for name, pair in pairs.items()},
        "codebookUsed": round(about["codesUsed"] / about["vocabulary"], 3),
    }


def measure_likeness(best, real, data, judge, is_brief):
    """How near drawn pictures of one object [n, 3, S, S] are to real ones; null where too few were drawn."""
    if len(best) < 2:
        return {"frechet": None, "frechetFloor": None, "frechetPictures": len(best), "nearestTraining": None}
    distances = frechet_distances(judge.features(best), judge.features(real))
    # Thirty thousand pictures are drawn for it, and it hardly depends on settings.
    nearest = None if is_brief else round(nearest_distances(best, training_pictures(data.at(SIDE))).mean().item(), 4)
    return {**distances, "nearestTraining": nearest}


def write_sheets(folder, questions, drawn):
    """A contact sheet for every set: the best four of `drawn` [questions, candidates, 3, S, S] by CLIP."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name in dict.fromkeys(q["set"] for q in questions):
        rows = [(q["text"], pictures[torch.tensor(q["scores"]).argsort(descending=True)[:4]])
                for q, pictures in zip(questions, drawn) if q["set"] == name]  # fmt: skip
        make_sheet(rows, SIDE, 3).save(Path(folder) / f"sheet-{name}.png")


@torch.no_grad()
def measure(run, data, judge, sheets=None, is_brief=False):
    """The Evaluation of evaluation.ts, from the files that draw-answers.ts and references.py wrote into the folder `run`."""
    run = Path(run)
    answers, about = (json.loads((run / name).read_text()) for name in ("answers.json", "decoded.json"))
    labels = json.loads((run / "real.json").read_text())["pictures"]
    questions, candidates = answers["questions"], answers["candidates"]
    drawn = read_pictures(run / "answers.rgb", len(questions) * candidates, SIDE, SIDE).unflatten(0, (-1, candidates))
    real, decoded = (
        read_pictures(run / name, len(labels), about["height"], about["width"]) for name in ("real.rgb", "decoded.rgb")
    )
    looks = {name: treated_looks(data.at(SIDE), name) for name in {q["treatment"] for q in questions} - {None}}
    found = [verdicts(q, pictures, judge, data, looks) for q, pictures in zip(questions, drawn)]
    held_out = [i for i, label in enumerate(labels) if label["split"] == "held-out"]
    single = [i for i, label in enumerate(labels) if "question" not in label]
    small = shrink(real, SIDE)
    ceiling = {
        name: {
            **measure_real(pictures[single], [labels[i] for i in single], judge, data.backgrounds),
            **measure_answers(pictures, labels, judge, data, looks),
        }
        for name, pictures in (("real", small), ("decoded", shrink(decoded, SIDE)))
    }
    best = torch.stack([pictures[best_of(q["scores"], candidates)] for q, pictures in zip(questions, drawn)])
    alone = torch.tensor([q["count"] == 1 and q["treatment"] is None for q in questions])
    if sheets:
        write_sheets(sheets, questions, drawn)
    return {
        **by_set(questions, candidates, found),
        **measure_dvae(real[held_out], decoded[held_out], about),
        "readAgain": round(sum(q["readAgain"] for q in questions) / len(questions), 3),
        "ceiling": ceiling,
        **measure_likeness(best[alone], small[single], data, judge, is_brief),
        "variety": round(variety_of(drawn), 4),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--judge", default="models/evaluation/judge")
    parser.add_argument("--sheets", help="folder for contact sheets, one a set")
    parser.add_argument("--brief", action="store_true", help="without the distance to the nearest training picture")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    prepare_machine(args.threads)
    report = measure(args.run, PictureData(args.data), read_judge(args.judge), args.sheets, args.brief)
    print(json.dumps(report, allow_nan=False))  # JavaScript reads no NaN


if __name__ == "__main__":
    main()
