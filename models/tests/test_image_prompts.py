"""Panels under a given picture: what is given is encoded from a drawn picture, read, and not scored."""

import pytest
import torch
import torch.nn.functional as F

from models.training.config import SIZES
from models.training.dvae import Dvae
from models.training.encode_pictures import SceneEncoder
from models.training.image_prompts import alone, as_prompts, is_prompted, prompt_places
from models.training.pictures import shrink
from models.training.reference import all_image_logits

from .test_transformer import random_transformer, texts


def test_the_prompt_is_the_upper_half_without_the_palette():
    places = prompt_places(13, 12, 1).view(13, 12).all(1).tolist()
    assert places == [False] + [True] * 6 + [False] * 6


def test_a_prompt_is_the_picture_at_half_its_size_at_the_top():
    picture = as_prompts(torch.ones(1, 3, 8, 8), torch.tensor([[0.0, 0.0, 0.0]]), 16)[0, 0]
    assert picture[:8, 4:12].eq(1).all() and picture.sum() == 64


def test_given_codes_are_read_and_not_scored():
    model = random_transformer()
    text, codes = texts(model, 2), torch.randint(32, (2, 16), generator=torch.Generator().manual_seed(1))
    given = torch.zeros(2, 16, dtype=torch.bool)
    given[0, :8] = True
    logits = all_image_logits(model, text, codes)
    scored = F.cross_entropy(logits[~given], codes[~given])
    assert torch.allclose(model.loss(text, codes, given=given)[2], scored, atol=1e-4)
    assert not torch.allclose(model.loss(text, codes)[2], scored, atol=1e-3)


@pytest.mark.parametrize("size", ["tiny", "tiny-palette"])
def test_the_upper_half_of_prompted_scenes_is_encoded_from_a_drawn_picture(wide, size):
    torch.manual_seed(5)
    model = Dvae(SIZES[size].dvae).eval()
    encoder = SceneEncoder(model, wide)
    scenes = [scene for scene in wide.scenes if is_prompted(scene)][:3] + [scene for scene in wide.scenes if scene.kind == "relation"][:2]
    codes, composed = encoder.encode(scenes), encoder.encode_composed(scenes)
    prompt = encoder.prompt
    assert torch.equal(codes[:, ~prompt], composed[:, ~prompt]) and torch.equal(codes[3:], composed[3:])
    top = encoder.encode_composed([alone(scenes[0])])
    drawn = (shrink(model.decode(top, encoder.rows), model.config.picture_side // 2) * 255).round() / 255
    background = wide.background_colors(scenes[:1])
    assert torch.equal(codes[0, prompt], model.encode(as_prompts(drawn, background, wide.side))[0, prompt])
