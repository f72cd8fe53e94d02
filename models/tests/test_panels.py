"""Sketches and panels: the measures take right answers and refuse wrong ones."""

import random

import pytest
import torch

from models.evaluation.panels import are_panels_right, are_sketches_right, sketch_looks
from models.evaluation.reconstruction import reconstruction
from models.evaluation.references import answer, labelled
from models.training.config import SIZES
from models.training.dvae import Dvae
from models.training.pictures import PictureData

from .conftest import build_dataset
from .test_evaluation import WHITE, question


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = build_dataset(tmp_path_factory.mktemp("panels"), "--limit", "4", "--side", "96", "--extent", "wide")
    return PictureData(folder)


def drawn(data, asked):
    return data.draw([answer(data, asked, random.Random(2))])


def test_a_sketch_is_right_where_it_is_colourless_and_of_the_object(data):
    looks = sketch_looks(data)
    first, second = sorted(data.concepts)[:2]
    asked = question("sketch", [first], [])
    sketch, other = drawn(data, asked), drawn(data, question("sketch", [second], []))
    faint = 1 - 0.4 * (1 - sketch)
    yellow = sketch.clone()
    yellow[:, 2] *= 0.6
    rows = (sketch, faint, yellow, other)
    assert [are_sketches_right(row, asked, looks) for row in rows] == [[True], [True], [False], [False]]


def test_panels_are_right_where_the_lower_one_has_the_colour(data):
    tinted = next(c for c in data.cutouts if c["tint"] == "blue" and len(labelled(data, c["concept"], None, "blue")) > 0)
    asked = question("panels", [tinted["concept"]] * 2, [], color="blue", count=2, direction="vertical")
    picture = drawn(data, asked)[0]
    knows = lambda crops: [asked["concepts"]] * len(crops)  # noqa: E731
    assert are_panels_right(picture, asked, WHITE, knows)
    assert not are_panels_right(picture.flip(1), asked, WHITE, knows)
    assert not are_panels_right(picture, {**asked, "color": "green"}, WHITE, knows)
    assert not are_panels_right(picture, asked, WHITE, lambda crops: [["something else"]] * len(crops))
    empty = picture.clone()
    empty[:, 48:] = 1
    assert not are_panels_right(empty, asked, WHITE, knows)


def test_reconstruction_is_told_by_kind_and_run(data):
    torch.manual_seed(0)
    runs = {name: Dvae(SIZES["tiny"].dvae).eval() for name in ("one", "other")}
    report = reconstruction(data.at(32), {**runs, "one again": runs["one"]}, 2, ("count", "treatment-sketch", "no such kind"))
    assert set(report) == {"count", "treatment-sketch"}
    for psnr in report.values():
        assert psnr["one"] == psnr["one again"] and 0 < psnr["one"] < 40 and psnr["one"] != psnr["other"]
