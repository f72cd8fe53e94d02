"""The data set is deterministic, its held-out pairs are really held out, and its captions are true."""

import hashlib
import json

import numpy as np

from models.training.pictures import PictureData, shrink

from .conftest import build_dataset


def test_same_seed_same_bytes(small_dataset, tmp_path):
    again = build_dataset(tmp_path, "--limit", "3", "--side", "32")
    for name in ("cutouts.rgba", "scenes.jsonl", "dataset.json", "split.json"):
        digest = lambda folder: hashlib.sha256((folder / name).read_bytes()).hexdigest()  # noqa: B023, E731
        assert digest(again) == digest(small_dataset), name


def test_held_out_pairs_never_train(small_dataset):
    data = PictureData(small_dataset)
    held_out = {tuple(pair) for pair in json.loads((small_dataset / "split.json").read_text())["heldOutPairs"]}
    for index, scene in enumerate(data.scenes):
        cutout = data.cutout_of(index)
        assert (scene.split == "held-out") == ((cutout["tint"], cutout["concept"]) in held_out)


def test_captions_say_what_is_there(small_dataset):
    data = PictureData(small_dataset)
    for index, scene in enumerate(data.scenes):
        cutout = data.cutout_of(index)
        for caption in scene.captions:
            assert any(name in caption for name in data.concepts[cutout["concept"]]["names"])
            assert cutout["tint"] is None or cutout["tint"] in caption
            said = f"{scene.background} background" in caption or caption.endswith(f" on {scene.background}")
            assert scene.background == "white" or said
            for style in ("noto", "twemoji", "fluent"):
                assert style not in caption or style == cutout["style"]


def test_pictures_have_the_background_they_name(small_dataset):
    data = PictureData(small_dataset)
    indices = range(0, len(data.scenes), 17)
    pictures = data.compose(indices)
    assert pictures.shape == (len(indices), 3, 32, 32)
    for index, picture in zip(indices, pictures):
        corner = picture[:, 0, 0].numpy()
        assert np.allclose(corner, data.backgrounds[data.scenes[index].background], atol=1 / 255)
    assert shrink(pictures, 16).shape[-1] == 16


def test_placed_objects_stay_inside_their_place(small_dataset):
    data = PictureData(small_dataset)
    canvas = data.compose([0])[0] * 0 + 1
    data.paste(canvas, {"cutout": 0, "x": 0.25, "y": 0.25, "size": 0.5})
    assert (canvas[:, :16, :16] < 0.99).any()
    assert (canvas[:, 16:] == 1).all() and (canvas[:, :, 16:] == 1).all()
