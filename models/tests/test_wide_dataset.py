"""Places, counts, relations, treatments and panels say what they show."""

import pytest
import torch

from models.training.pictures import KEY_TINT, PictureData
from models.training.sampling_plan import SamplingPlan

from .conftest import build_dataset


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    return PictureData(build_dataset(tmp_path_factory.mktemp("wide"), "--limit", "3", "--side", "32", "--extent", "wide"))


def scenes_of(data, kind):
    return [scene for scene in data.scenes if scene.kind == kind]


def test_counts_have_as_many_objects_as_they_say(wide):
    scenes = scenes_of(wide, "count")
    assert scenes
    for scene in scenes:
        word = {2: "two", 3: "three", 4: "four"}[len(scene.objects)]
        assert all(caption.startswith(word) for caption in scene.captions)
        assert len({(placed["x"], placed["y"]) for placed in scene.objects}) == len(scene.objects)


def test_relations_name_both_objects_where_they_are(wide):
    scenes = scenes_of(wide, "relation")
    assert scenes
    for scene in scenes:
        first, second = scene.objects
        names = [wide.concepts[wide.cutouts[placed["cutout"]]["concept"]]["names"][0] for placed in scene.objects]
        for caption in scene.captions:
            assert all(name in caption for name in names)
            if " above " in caption or " over " in caption:
                assert first["y"] < second["y"] and caption.index(names[0]) < caption.index(names[1])
            if " to the left of " in caption:
                assert first["x"] < second["x"] and caption.index(names[0]) < caption.index(names[1])


def test_places_are_where_they_say(wide):
    for scene in scenes_of(wide, "placed"):
        (placed,) = scene.objects
        for caption in scene.captions:
            assert "top" not in caption or placed["y"] < 0.5
            assert "left" not in caption or placed["x"] < 0.5
            assert "small" in caption


def test_panels_show_the_picture_and_its_treatment(wide):
    scenes = scenes_of(wide, "panels")
    assert {wide.cutouts[scene.objects[1]["cutout"]]["treatment"] for scene in scenes} == {
        "black-and-white", "mirrored", "upside-down", "outline", "sketch",
    }  # fmt: skip
    for scene in scenes:
        top, bottom = (wide.cutouts[placed["cutout"]] for placed in scene.objects)
        assert "treatment" not in top and (top["concept"], top["style"]) == (bottom["concept"], bottom["style"])


def test_mirrored_and_upside_down_pixels(wide):
    by_label = {
        (c["concept"], c["style"], c.get("treatment"), c["tint"]): i for i, c in enumerate(wide.cutouts)
    }  # fmt: skip
    concept, style = wide.cutouts[0]["concept"], wide.cutouts[0]["style"]
    plain = wide.pixels[by_label[concept, style, None, None]]
    assert (wide.pixels[by_label[concept, style, "mirrored", None]] == plain[:, ::-1]).all()
    assert (wide.pixels[by_label[concept, style, "upside-down", None]] == plain[::-1]).all()
    grey = wide.pixels[by_label[concept, style, "black-and-white", None]]
    assert (grey[..., 0] == grey[..., 1]).all() and (grey[..., 1] == grey[..., 2]).all()


def test_every_kind_composes_and_can_be_drawn_from(wide):
    kinds = sorted({scene.kind for scene in wide.scenes})
    assert len(kinds) == 9
    plan = SamplingPlan(wide, "train", {kind: 1.0 for kind in kinds})
    picked = plan.draw(64, torch.Generator().manual_seed(0))
    pictures = wide.compose(picked)
    assert pictures.shape == (64, 3, 32, 32) and 0 <= pictures.min() and pictures.max() <= 1.0001


def test_neutral_scenes_are_white_and_in_the_key_tint_unless_objects_differ(wide):
    tintable = {(c["concept"], c["style"]) for c in wide.cutouts if c["tint"] == KEY_TINT}
    assert tintable
    for scene in wide.scenes:
        neutral = wide.neutral(scene)
        before, after = ([wide.cutouts[placed["cutout"]] for placed in s.objects] for s in (scene, neutral))
        assert neutral.background == "white"
        assert [(c["concept"], c["style"], c.get("treatment")) for c in before] == [
            (c["concept"], c["style"], c.get("treatment")) for c in after
        ]
        is_kept = scene.kind in ("relation", "treatment", "panels")
        assert [c["tint"] for c in after] == [
            c["tint"] if is_kept else KEY_TINT if (c["concept"], c["style"]) in tintable else None for c in before
        ]
