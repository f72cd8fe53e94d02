"""Treatments and panels: the measures take right answers and refuse wrong ones."""

import random

import pytest
import torch

from models.evaluation.panels import are_panels_right, are_treated_right, treated_looks
from models.evaluation.reconstruction import reconstruction
from models.evaluation.references import answer
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


@pytest.mark.parametrize("treatment", ["sketch", "outline", "black-and-white"])
def test_a_treatment_is_right_where_it_is_colourless_and_of_the_object(data, treatment):
    looks = treated_looks(data, treatment)
    first, second = sorted(data.concepts)[:2]
    right, other = (drawn(data, question(treatment, [concept], [], treatment=treatment)) for concept in (first, second))
    faint = 1 - 0.4 * (1 - right)
    yellow = right.clone()
    yellow[:, 2] *= 0.6
    rows = (right, faint, yellow, other)
    assert [are_treated_right(row, first, looks) for row in rows] == [[True], [True], [False], [False]]


@pytest.mark.parametrize("treatment, axis", [("mirrored", 3), ("upside-down", 2)])
def test_a_turned_picture_is_right_where_it_is_turned_that_way(data, treatment, axis):
    """Of the icon that changes most when it is turned."""
    looks = treated_looks(data, treatment)
    turned = {
        concept: drawn(data, question(treatment, [concept], [], treatment=treatment)) for concept in sorted(data.concepts)
    }
    concept = max(turned, key=lambda name: (turned[name] - turned[name].flip(axis)).abs().mean())
    right = turned[concept]
    other = next(name for name in turned if name != concept)
    rows = (right, right * 0.8 + 0.2, right.flip(axis), turned[other])
    assert [are_treated_right(row, concept, looks) for row in rows] == [[True], [True], [False], [False]]


def test_panels_are_right_where_the_lower_one_has_the_colour(data):
    tinted = next(cutout for cutout in data.cutouts if cutout["tint"] == "blue")
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


def test_panels_are_right_where_the_lower_one_is_treated(data):
    concept = sorted(data.concepts)[0]
    asked = question("givenPanels", [concept] * 2, [], treatment="sketch", count=2, direction="vertical")
    picture, plain = (drawn(data, {**asked, "treatment": treatment})[0] for treatment in ("sketch", None))
    knows = lambda crops: [[concept]] * len(crops)  # noqa: E731
    looks = treated_looks(data, "sketch")
    assert are_panels_right(picture, asked, WHITE, knows, looks)
    assert not are_panels_right(plain, asked, WHITE, knows, looks)


def test_reconstruction_is_told_by_kind_and_run(data):
    torch.manual_seed(0)
    runs = {name: Dvae(SIZES["tiny"].dvae).eval() for name in ("one", "other")}
    report = reconstruction(data.at(32), {**runs, "one again": runs["one"]}, 2, ("count", "treatment-sketch", "no such kind"))
    assert set(report) == {"count", "treatment-sketch"}
    for psnr in report.values():
        assert psnr["one"] == psnr["one again"] and 0 < psnr["one"] < 40 and psnr["one"] != psnr["other"]
