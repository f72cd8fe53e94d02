"""The measures tell right from wrong on pictures whose answer is known."""

import json
import math
import random
import re

import pytest
import torch
from PIL import Image

from models.evaluation import contact_sheet
from models.evaluation.colors import GREYS, PROTOTYPES, background_names, object_colors
from models.evaluation.components import crop, find_objects, is_before
from models.evaluation.draw import draw
from models.evaluation.judge import Judge, JudgeTask, frechet_distance, jitter, read_judge, write_judge
from models.evaluation.measure import frechet_distances, measure, nearest_distances, nearest_styles, training_pictures
from models.evaluation.references import answer, as_bytes
from models.training.clip import frame_text
from models.training.pictures import PictureData, psnr, shrink, single_object_scene
from models.training.sampler import SamplingConfig

from .conftest import ROOT


def square(color, background, side=48):
    picture = torch.tensor(background).view(3, 1, 1).repeat(1, side, side)
    picture[:, 12:36, 12:36] = torch.tensor(color).view(3, 1, 1)
    return picture


def test_colors_of_plain_squares():
    white = [1.0, 1.0, 1.0]
    red, blue, green = [0.88, 0.15, 0.15], [0.15, 0.45, 0.9], [0.2, 0.65, 0.25]
    pictures = torch.stack([square(color, white) for color in (red, blue, green)])
    assert object_colors(pictures, white) == ["red", "blue", "green"]
    assert object_colors(square(white, white)[None], white) == [None]
    backgrounds = {"white": white, "blue": [0.61, 0.8, 1.0]}
    assert background_names(torch.stack([square(red, b) for b in backgrounds.values()]), backgrounds) == ["white", "blue"]


def test_prototypes_are_the_tints_that_icons_are_painted_in():
    line = re.compile(r"(\w+): \{ lightness: ([\d.]+), chroma: ([\d.]+), hue: ([\d.]+) \}")
    tints = {name: tuple(map(float, numbers)) for name, *numbers in line.findall((ROOT / "models/dataset/color.ts").read_text())}
    assert len(tints) == 8 and {name: PROTOTYPES[name] for name in PROTOTYPES.keys() - set(GREYS)} == tints


def test_measured_colors_agree_with_most_tints(small_dataset):
    """The ceiling of the measure: real pictures on white, painted in a named tint."""
    data = PictureData(small_dataset)
    indices = [i for i, scene in enumerate(data.scenes) if scene.kind == "tint-white"]
    pictures = data.compose(indices)
    found = object_colors(pictures, data.backgrounds["white"])
    right = [name == data.cutout_of(i)["tint"] for i, name in zip(indices, found)]
    assert sum(right) / len(right) > 0.8


WHITE = [1.0, 1.0, 1.0]


def scatter(*boxes, side=96):
    """Black rectangles (left, top, right, bottom) on white."""
    picture = torch.ones(3, side, side)
    for left, top, right, bottom in boxes:
        picture[:, top:bottom, left:right] = 0.1
    return picture


def test_objects_are_counted_and_placed():
    apart = scatter((4, 30, 40, 66), (56, 20, 92, 76))
    assert sorted(find_objects(apart, WHITE)) == [(4, 30, 40, 66), (56, 20, 92, 76)]
    assert find_objects(scatter((4, 4, 40, 40), (42, 4, 60, 40), (90, 90, 94, 94)), WHITE) == [(4, 4, 60, 40)]
    assert find_objects(scatter(), WHITE) == []
    left, right = sorted(find_objects(apart, WHITE))
    assert is_before(left, right, "horizontal") and not is_before(left, right, "vertical")
    assert is_before(right, left, "vertical") is False  # both have their middle at 48


def test_a_crop_shows_one_object_in_the_middle():
    cut = crop(scatter((4, 30, 40, 66), (56, 20, 92, 76)), (4, 30, 40, 66), WHITE)
    ((left, top, right, bottom),) = find_objects(cut, WHITE)
    assert abs((right - left) - 0.84 * 96) < 6 and abs((left + right) - 96) < 4 and abs((top + bottom) - 96) < 4


class KnowsDarkness(torch.nn.Module):
    """A judge that names a picture by how dark it is."""

    concepts = ("full", "half", "empty")

    def forward(self, pictures):
        dark = (pictures.mean(1) < 0.5).float().mean((1, 2))
        return -(dark[:, None] - torch.tensor([0.9, 0.5, 0.0])).abs()

    def features(self, pictures):
        return shrink(pictures, 2).flatten(1)


def question(kind, concepts, scores, read_again=0.5, **more):
    base = {"set": kind, "text": kind, "concepts": concepts, "color": None, "background": "white", "count": 1, "direction": None}
    base.update(style=None, treatment=None)
    return {**base, "scores": scores, "readAgain": read_again, **more}


def test_the_best_of_n_is_what_clip_chose(tmp_path, small_dataset):
    data = PictureData(small_dataset)
    questions = [
        question("natural", ["full"], [0.1, 0.9, 0.2, 0.3]),
        question("natural", ["half"], [0.9, 0.1, 0.2, 0.3], read_again=0.8),
        question("count", ["full"], [0.1, 0.2, 0.3, 0.4], count=2),
    ]
    full, half, two = scatter((0, 0, 95, 95)), scatter((0, 0, 96, 48)), scatter((4, 30, 40, 66), (56, 30, 92, 66))
    drawn = torch.stack([half, full, half, half, half, full, full, full, full, full, full, two])
    (tmp_path / "answers.rgb").write_bytes((drawn * 255).round().byte().permute(0, 2, 3, 1).contiguous().numpy().tobytes())
    (tmp_path / "answers.json").write_text(json.dumps({"candidates": 4, "questions": questions}))
    real = torch.cat([data.compose(data.indices("train", "natural-white")[:4]), shrink(two[None], data.side)])
    for name, last in (("real.rgb", two), ("decoded.rgb", full)):
        real[4] = shrink(last[None], data.side)[0]
        (tmp_path / name).write_bytes((real * 255).round().byte().permute(0, 2, 3, 1).contiguous().numpy().tobytes())
    about = {"width": data.side, "height": data.side, "pictures": 4, "codesUsed": 3, "vocabulary": 6}
    (tmp_path / "decoded.json").write_text(json.dumps(about))
    labels = [{"split": "held-out", "concept": "full", "tint": None, "background": "white"}] * 4
    labels.append({"split": "answer", "question": questions[2]})
    (tmp_path / "real.json").write_text(json.dumps({"side": data.side, "pictures": labels}))
    report = measure(tmp_path, data, KnowsDarkness())
    assert report["judgeTop1"] == {"1": 0.5, "4": 1.0}
    assert report["count"] == {"1": 0.0, "4": 1.0}
    assert report["variety"] == pytest.approx(2 / 3 * 0.9 * 0.5**0.5, abs=0.02)
    assert [report["ceiling"][name]["count"] for name in ("real", "decoded")] == [1.0, 0.0]
    assert report["readAgain"] == 0.6
    assert report["relation"] is None and report["codebookUsed"] == 0.5 and report["psnr"] == 100


def test_sets_without_single_objects_are_measured_too(tmp_path, small_dataset):
    """`--sets count`, and no scene held out: what is told of single objects is null, and the report is JSON that JavaScript reads."""
    data, two = PictureData(small_dataset), scatter((4, 30, 40, 66), (56, 30, 92, 66))
    asked = question("count", ["full"], [0.1], count=2)
    (tmp_path / "answers.rgb").write_bytes(as_bytes(two))
    (tmp_path / "answers.json").write_text(json.dumps({"candidates": 1, "questions": [asked]}))
    for name in ("real.rgb", "decoded.rgb"):
        (tmp_path / name).write_bytes(as_bytes(shrink(two[None], 32)[0]) * 2)
    about = {"width": 32, "height": 32, "pictures": 2, "codesUsed": 3, "vocabulary": 6}
    (tmp_path / "decoded.json").write_text(json.dumps(about))
    labels = [{"split": split, "concept": "full", "tint": None, "background": "white"} for split in ("train", "train")]
    (tmp_path / "real.json").write_text(json.dumps({"side": 32, "pictures": labels}))
    report = measure(tmp_path, data, KnowsDarkness(), tmp_path / "sheets")
    assert report["sets"] == {"count": {"background": {"1": 1.0}, "count": {"1": 1.0}}}
    assert (report["frechet"], report["nearestTraining"], report["frechetPictures"], report["psnr"]) == (None, None, 0, None)
    json.dumps(report, allow_nan=False)
    assert [path.name for path in (tmp_path / "sheets").iterdir()] == ["sheet-count.png"]


def test_right_answers_are_what_the_questions_ask_for(small_dataset):
    data = PictureData(small_dataset)
    first, second = sorted(data.concepts)[:2]
    rng = random.Random(1)
    three = answer(data, question("count", [first], [], count=3), rng)
    assert [data.cutouts[placed["cutout"]]["concept"] for placed in three.objects] == [first] * 3
    above = answer(data, question("relation", [first, second], [], count=2, direction="vertical"), rng)
    assert [data.cutouts[placed["cutout"]]["concept"] for placed in above.objects] == [first, second]
    assert above.objects[0]["y"] < above.objects[1]["y"]
    assert len(find_objects(data.draw([three])[0], WHITE, gap=0)) == 3


def test_a_real_picture_is_nearest_to_its_own_style(small_dataset):
    data = PictureData(small_dataset)
    for (concept, style), cutout in data.natural_cutouts.items():
        assert nearest_styles(data, concept, data.draw([single_object_scene(cutout)])) == [style]


def test_psnr_is_of_each_pair():
    black = torch.zeros(3, 3, 4, 4)
    assert psnr(black + torch.tensor([1.0, 0.1, 0.0]).view(3, 1, 1, 1), black).tolist() == pytest.approx([0, 20, 100])


def test_frechet_distance():
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(20000, 4, generator=generator) for _ in range(2))
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(a, b) < 0.01
    assert frechet_distance(a, 2 * b) == pytest.approx(4, rel=0.05)  # four deviations grow from 1 to 2
    assert frechet_distance(a, b + 2) == pytest.approx(16, rel=0.05)  # the squared distance of the means


def test_distances_compare_as_many_pictures_of_each_kind():
    generator = torch.Generator().manual_seed(0)
    drawn, real = torch.randn(30, 4, generator=generator), torch.randn(200, 4, generator=generator)
    report = frechet_distances(drawn, real)
    assert report["frechetPictures"] == 30 and abs(report["frechet"] - report["frechetFloor"]) < 1
    assert frechet_distances(drawn + 3, real)["frechet"] > 30 > report["frechetFloor"]


def test_the_nearest_training_picture_is_looked_for_among_all(small_dataset):
    data = PictureData(small_dataset)
    last = [i for i, s in enumerate(data.scenes) if s.split == "train" and s.kind.startswith("tint")][-1]
    pictures = torch.cat([data.compose([last]), torch.zeros(1, 3, data.side, data.side)])
    own, other = nearest_distances(pictures, training_pictures(data, 7)).tolist()
    assert own == 0 and other > 0.2


def test_a_judge_is_read_as_it_was_written(tmp_path):
    judge = Judge({"concepts": ["cat", "dog"]}).eval()
    write_judge(judge, tmp_path)
    pictures = torch.rand(2, 3, 96, 96)
    assert torch.equal(read_judge(tmp_path)(pictures), judge(pictures))


def test_a_judge_learns_what_it_is_shown(small_dataset):
    """One batch, again and again."""
    data = PictureData(small_dataset)
    torch.manual_seed(0)
    judge = Judge({"concepts": sorted(data.concepts)})
    task, optimizer = JudgeTask(judge, data, 12), torch.optim.Adam(judge.parameters(), 3e-3)
    losses = []
    for step in range(25):
        loss, numbers = task(step, torch.Generator().manual_seed(0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] == pytest.approx(math.log(3), abs=0.3) and losses[-1] < 0.5 * losses[0]
    assert numbers["right"] == 1


def test_jitter_moves_a_picture_a_little():
    picture = 0.3 * square([1.0, 1.0, 1.0], [0.0, 0.0, 0.0])[None].repeat(8, 1, 1, 1)
    moved = jitter(picture, torch.Generator().manual_seed(1))
    middles = torch.stack([(row.mean(0) > 0.15).float().nonzero().float().mean(0) for row in moved])
    assert moved.shape == picture.shape and 0 <= moved.min() and moved.max() <= 1
    assert (middles - 23.5).abs().max() < 0.13 * 24 and len(set(map(tuple, middles.tolist()))) == 8


def test_drawing_keeps_prompts_apart(tiny):
    both = draw(tiny, ["a red cat", "a house"], 3, SamplingConfig(), seed=1)
    assert [drawn.prompt for drawn in both] == ["a red cat", "a house"]
    for drawn in both:
        assert torch.equal(drawn.pictures, tiny.dvae.decode(drawn.codes, 4))
        text = tiny.clip.embed_text(torch.tensor([frame_text(tiny.bpe.encode(drawn.prompt), tiny.clip.config)]))
        assert torch.allclose(drawn.scores, tiny.clip.embed_pictures(drawn.pictures) @ text[0], atol=1e-5)
        assert drawn.scores[drawn.best_first()].tolist() == sorted(drawn.scores.tolist(), reverse=True)


def test_a_contact_sheet_has_a_strip_for_every_prompt(tiny_folder, tmp_path, monkeypatch):
    (tmp_path / "prompts.txt").write_text("# what to draw\na red cat\n\na house\na green apple\n")
    options = {"--weights": tiny_folder, "--out": tmp_path / "sheet.png", "--prompts": tmp_path / "prompts.txt"}
    options |= {"--candidates": 3, "--show": 2, "--side": 40, "--columns": 2, "--top-p": 1.0}
    monkeypatch.setattr("sys.argv", ["contact_sheet", *(str(part) for pair in options.items() for part in pair)])
    contact_sheet.main()
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (2 * (2 * 40 + 8), 2 * (40 + contact_sheet.LABEL_HEIGHT + 4))
        strips = [sheet.crop((x, y, x + 80, y + 40)).tobytes() for y in (18, 80) for x in (0, 88)]
    assert len(set(strips)) == 4 and len(set(strips[3])) == 1  # three prompts, and nothing in the fourth place
