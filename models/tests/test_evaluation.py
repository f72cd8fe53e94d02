"""The measures tell right from wrong on pictures whose answer is known."""

import pytest
import torch

from models.evaluation.colors import background_names, object_colors
from models.evaluation.draw import draw
from models.evaluation.judge import Judge, JudgeTask, frechet_distance, jitter
from models.evaluation.prompt_sets import make_questions, with_article
from models.training.pictures import PictureData
from models.training.sampler import SamplingConfig


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


def test_measured_colors_agree_with_most_tints(small_dataset):
    """The ceiling of the measure: real pictures on white, painted in a named tint."""
    data = PictureData(small_dataset)
    indices = [i for i, scene in enumerate(data.scenes) if scene.kind == "tint-white"]
    pictures = data.compose(indices)
    found = object_colors(pictures, data.backgrounds["white"])
    right = [name == data.cutout_of(i)["tint"] for i, name in zip(indices, found)]
    assert sum(right) / len(right) > 0.8


def test_questions_keep_held_out_pairs_apart(small_dataset):
    data = PictureData(small_dataset)
    pairs = {(c["tint"], c["concept"]) for c in data.cutouts if c["tint"]}
    held_out = sorted(pairs)[:3]
    sets = make_questions(data, {"heldOutPairs": [list(pair) for pair in held_out]}, 50, wave=2)
    assert {(q.color, q.concept) for q in sets["heldOut"]} == set(held_out)
    assert not {(q.color, q.concept) for q in sets["seenTint"]} & set(held_out)
    assert all(q.background != "white" for q in sets["background"])
    assert [with_article(word) for word in ("apple", "unicorn", "umbrella")] == ["an apple", "a unicorn", "an umbrella"]


def test_frechet_distance():
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(20000, 4, generator=generator) for _ in range(2))
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(a, b) < 0.01
    assert frechet_distance(a, 2 * b) == pytest.approx(4, rel=0.05)  # four deviations grow from 1 to 2
    assert frechet_distance(a, b + 2) == pytest.approx(16, rel=0.05)  # the squared distance of the means


def test_a_judge_learns_and_drawing_has_the_right_shapes(small_dataset, tiny):
    data = PictureData(small_dataset)
    torch.manual_seed(0)
    judge = Judge({"concepts": sorted(data.concepts)})
    loss, numbers = JudgeTask(judge, data, 4)(0, torch.Generator().manual_seed(0))
    loss.backward()
    assert 0 <= numbers["right"] <= 1
    pictures = torch.rand(2, 3, 64, 64)
    assert jitter(pictures, torch.Generator().manual_seed(1)).shape == pictures.shape
    first, second = draw(tiny, ["a red cat", "a house"], 3, SamplingConfig(), seed=1)
    assert first.codes.shape == (3, 16) and second.pictures.shape == (3, 3, 32, 32)
    assert first.scores[first.best_first()[0]] == first.scores.max()
