"""Places, counts, relations, treatments and panels say what they show."""

import re
import shutil

import pytest
import torch

from models.training.pictures import KEY_TINT
from models.training.sampling_plan import SamplingPlan

from .conftest import build_dataset


def scenes_of(data, kind):
    return [scene for scene in data.scenes if scene.kind == kind]


def test_counts_have_as_many_objects_as_they_say(wide):
    scenes = scenes_of(wide, "count")
    assert scenes
    for scene in scenes:
        word = {2: "two", 3: "three", 4: "four"}[len(scene.objects)]
        assert all(re.match(rf"(a picture of |draw )?{word} ", caption) for caption in scene.captions)
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
    scenes, said = scenes_of(wide, "placed"), set()
    for scene in scenes:
        (placed,) = scene.objects
        sides = {"top": placed["y"] < 0.5, "bottom": placed["y"] > 0.5, "left": placed["x"] < 0.5, "right": placed["x"] > 0.5}
        true = {side for side, is_there in sides.items() if is_there}
        for caption in scene.captions:
            assert "small" in caption and sides.keys() & re.findall(r"\w+", caption) == true
        said.add(frozenset(true))
    assert len(said) == 9


def test_panels_show_the_picture_and_its_treatment(wide):
    said = {
        "sketch": "as a sketch", "outline": "as an outline", "mirrored": "mirrored", "upside-down": "upside down",
        "black-and-white": "in black and white",
    }  # fmt: skip
    for treatment, words in said.items():
        scenes = scenes_of(wide, f"panels-{treatment}")
        assert scenes
        for scene in scenes:
            top, bottom = (wide.cutouts[placed["cutout"]] for placed in scene.objects)
            assert "treatment" not in top and bottom["treatment"] == treatment
            assert (top["concept"], top["style"]) == (bottom["concept"], bottom["style"])
            assert all(f" on the top {words} on the bottom" in caption for caption in scene.captions)


def test_panels_in_a_color_are_below_the_picture_in_its_own(wide):
    scenes = scenes_of(wide, "panels-colour")
    assert scenes
    for scene in scenes:
        top, bottom = (wide.cutouts[placed["cutout"]] for placed in scene.objects)
        assert top["tint"] is None and bottom["tint"] is not None and scene.objects[0]["y"] < scene.objects[1]["y"]
        assert (top["concept"], top["style"]) == (bottom["concept"], bottom["style"])
        assert all(f"{bottom['tint']} on the bottom" in caption for caption in scene.captions)


def test_prompted_panels_are_under_the_picture_in_one_colour_or_another(wide):
    tops = set()
    for scene in scenes_of(wide, "prompted-colour") + scenes_of(wide, "prompted-sketch"):
        top, bottom = (wide.cutouts[placed["cutout"]] for placed in scene.objects)
        made = "as a sketch" if "treatment" in bottom else f"{bottom['tint']}"
        assert (top["concept"], top["style"]) == (bottom["concept"], bottom["style"]) and "treatment" not in top
        assert bottom.get("treatment") == "sketch" or top["tint"] != bottom["tint"]
        assert all(f"{made} on the bottom" in caption for caption in scene.captions)
        assert top["tint"] is None or all(f" {top['tint']} " in caption for caption in scene.captions)
        tops.add((scene.kind, top["tint"] is None))
    assert len(tops) == 4


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
    assert len(kinds) == 24
    plan = SamplingPlan(wide, "train", {kind: 1.0 for kind in kinds})
    picked = plan.draw(64, torch.Generator().manual_seed(0))
    pictures = wide.compose(picked)
    assert pictures.shape == (64, 3, 32, 32) and 0 <= pictures.min() and pictures.max() <= 1.0001


def test_neutral_scenes_are_white_and_show_in_the_key_tint_what_the_palette_paints(wide):
    tintable = {(c["concept"], c["style"]) for c in wide.cutouts if c["tint"] == KEY_TINT}
    assert tintable
    tinted_relations = 0
    for scene in wide.scenes:
        neutral = wide.neutral(scene)
        before, after = ([wide.cutouts[placed["cutout"]] for placed in s.objects] for s in (scene, neutral))
        assert neutral.background == "white"
        assert [(c["concept"], c["style"], c.get("treatment")) for c in before] == [
            (c["concept"], c["style"], c.get("treatment")) for c in after
        ]
        if scene.kind == "relation":
            assert sum(c["tint"] is not None for c in before) <= 1
            tinted_relations += any(c["tint"] is not None for c in before)
            expected = [None if c["tint"] is None else KEY_TINT for c in before]
        elif any("treatment" in c for c in before):
            expected = [c["tint"] for c in before]
        elif scene.kind in ("panels-colour", "prompted-colour"):
            expected = [before[0]["tint"], KEY_TINT]
        else:
            expected = [KEY_TINT if (c["concept"], c["style"]) in tintable else None for c in before]
        assert [c["tint"] for c in after] == expected
    assert tinted_relations


def test_neutral_and_natural_differ_where_the_main_color_paints(wide):
    is_tinted = lambda s: s.kind == "relation" and any(wide.cutouts[o["cutout"]]["tint"] for o in s.objects)  # noqa: E731
    scene = next(scene for scene in wide.scenes if is_tinted(scene))
    neutral, natural = (layer[0] for layer in wide.draw_neutral([scene]))
    differs = (neutral - natural).abs().amax(0) > 0.1
    painted = torch.zeros_like(differs)
    for placed in scene.objects:
        if wide.cutouts[placed["cutout"]]["tint"]:
            left, top = round((placed["x"] - 0.25) * 32), round((placed["y"] - 0.25) * 32)
            painted[top : top + 16, left : left + 16] = True
    assert differs.any() and not (differs & ~painted).any()


def test_shares_of_a_kind_that_is_not_there_are_refused(wide):
    with pytest.raises(ValueError, match="no scenes of treatment-scetch; it has count, natural-background"):
        SamplingPlan(wide, "train", {"natural-white": 0.5, "treatment-scetch": 0.5})
    with pytest.raises(ValueError, match="no scene of split 'test' is of kind count"):
        SamplingPlan(wide, "test", {"count": 1.0})


def test_shares_are_how_often_a_kind_is_drawn(wide):
    plan = SamplingPlan(wide, "train", {"natural-white": 3, "count": 1})
    drawn = [wide.scenes[index].kind for index in plan.draw(2000, torch.Generator().manual_seed(0))]
    assert drawn.count("natural-white") / 2000 == pytest.approx(0.75, abs=0.03) and set(drawn) == {"natural-white", "count"}


def test_scenes_alone_can_be_written_again(wide_folder, tmp_path):
    folder = shutil.copytree(wide_folder, tmp_path / "copy")
    wanted = (folder / "scenes.jsonl").read_bytes()
    (folder / "scenes.jsonl").unlink()
    pixels = (folder / "cutouts.rgba").stat().st_mtime_ns
    build_dataset(folder, "--scenes-only")
    assert (folder / "scenes.jsonl").read_bytes() == wanted
    assert (folder / "cutouts.rgba").stat().st_mtime_ns == pixels
