from dataclasses import replace

import pytest
import torch

from models.training.config import SIZES
from models.training.dvae import Dvae
from models.training.kmeans import kmeans
from models.training.likelihood import from_logit_laplace, logit_laplace_loss, to_logit_laplace
from models.training.machine import autocast
from models.training.palette import paint
from models.training.pictures import PictureData
from models.training.safetensors import write_safetensors
from models.training.sampling_plan import SamplingPlan
from models.training.tiny import spread_palette
from models.training.train_dvae import DvaeTask, deepen_decoder, gumbel_temperature, phase_of
from models.training.weights import dvae_tensors, read_dvae

CONFIG = SIZES["tiny"].dvae
SIZE = {
    "encoderSize": [32, 32], "pictureSize": [32, 32], "gain": CONFIG.gain, "encoder": {"downsample": [2, 2, 2, 1]},
    "decoder": {"upsample": [2, 2, 2, 1]},
}  # fmt: skip


@pytest.mark.parametrize("quantizer", ["vq", "gumbel"])
@pytest.mark.parametrize("pixels", ["unit", "logit-laplace"])
def test_shapes_and_folding(tmp_path, quantizer, pixels):
    torch.manual_seed(0)
    model = Dvae(replace(CONFIG, quantizer=quantizer, pixels=pixels)).eval()
    pictures = torch.rand(2, 3, 32, 32)
    _, codes, _, _ = model.quantizer(model.features(pictures), "frozen")
    assert torch.equal(model.encode(pictures).flatten(), codes)
    write_safetensors(tmp_path / "dvae.safetensors", dvae_tensors(model))
    folded = read_dvae(tmp_path / "dvae.safetensors", {**SIZE, "pixels": pixels})
    assert torch.equal(folded.encode(pictures), model.encode(pictures))
    drawn = folded.decode(codes.view(2, 16), 4)
    assert drawn.shape == (2, 3, 32, 32)
    assert torch.allclose(drawn, model.decode(codes.view(2, 16), 4), atol=1e-5)


def test_a_code_does_not_see_far():
    """What is drawn in the left quarter leaves the codes of the right half alone."""
    model = Dvae(SIZES["starter"].dvae).eval()
    pictures = torch.rand(1, 3, 96, 96)
    changed = pictures.clone()
    changed[..., :24] = 0
    a, b = (model.features(p) for p in (pictures, changed))
    assert torch.allclose(a[..., 6:], b[..., 6:], atol=1e-5)


def test_wrong_side_is_refused():
    with pytest.raises(ValueError, match=r"\[B, 3, 32, 32\], got \[1, 3, 16, 16\]"):
        Dvae(CONFIG).features(torch.rand(1, 3, 16, 16))


def test_logit_laplace_round_trip_and_best_guess():
    pictures = torch.rand(2, 3, 4, 4)
    exact = torch.cat([torch.logit(to_logit_laplace(pictures)), torch.full_like(pictures, -2.0)], 1)
    assert torch.allclose(from_logit_laplace(exact), pictures, atol=1e-5)
    assert logit_laplace_loss(exact, pictures) < logit_laplace_loss(exact + 0.3, pictures)


def test_kmeans_finds_separate_clusters():
    generator = torch.Generator().manual_seed(0)
    middles = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    points = (middles[:, None] + 0.1 * torch.randn(3, 50, 2, generator=generator)).flatten(0, 1)
    centers = kmeans(points, 12, generator, iterations=20, block=64)
    distances = torch.cdist(middles, centers)
    assert distances.min(1).values.max() < 0.2 and distances.min(0).values.max() < 0.5
    assert len(kmeans(points[:5], 8, generator)) == 8  # fewer points than centers: some stand near the same one


def learned_parts(model, loss):
    """First two names of the parameters that the loss moves; one for encoder and decoder."""
    model.zero_grad(set_to_none=True)
    loss.backward()
    moved = [name for name, p in model.named_parameters() if p.grad is not None and p.grad.abs().max() > 0]
    return {".".join(name.split(".")[: 2 if name.startswith("quantizer") else 1]) for name in moved}


@pytest.mark.parametrize(
    "quantizer, is_refining, expected",
    [
        ("gumbel", False, {"encoder", "quantizer.head", "quantizer.codebook", "decoder"}),
        ("gumbel", True, {"quantizer.codebook", "decoder"}),
        ("vq", False, {"quantizer.from_latent", "decoder"}),
        ("vq", True, {"quantizer.from_latent", "decoder"}),
    ],
)
def test_what_the_last_step_teaches(small_dataset, quantizer, is_refining, expected):
    """Gumbel's all parts to the end, VQ's what is behind the codes; of a finished run no code may change."""
    torch.manual_seed(0)
    data = PictureData(small_dataset)
    model = Dvae(replace(CONFIG, quantizer=quantizer))
    task = DvaeTask(model, data, SamplingPlan(data, "train"), 2, 10, is_refining)
    loss, numbers = task(9, torch.Generator().manual_seed(4))
    torch.manual_seed(1)
    assert task(9, torch.Generator().manual_seed(4))[0] == loss
    assert numbers["mode"] == ("train" if expected >= {"encoder"} else "frozen")
    assert learned_parts(model, loss) == expected


def test_phases_and_temperature():
    assert [phase_of(step, 10) for step in (0, 1, 2, 6, 7, 9)] == ["continuous"] * 2 + ["train"] * 2 + ["frozen"] * 2
    assert [gumbel_temperature(step, 400) for step in (0, 150, 300, 400)] == pytest.approx([1, 17 / 32, 1 / 16, 1 / 16])


@pytest.fixture
def painter():
    torch.manual_seed(0)
    model = Dvae(SIZES["tiny-palette"].dvae).eval()
    spread_palette(model.palette)
    return model


def test_palette_codes_are_their_own_and_fold(tmp_path, painter):
    positions, levels = painter.config.palette_positions, painter.config.palette_levels
    pictures = torch.rand(2, 3, 32, 32)
    codes = painter.encode(pictures)
    assert codes.shape == (2, positions + 16)
    first = torch.arange(positions) * levels
    assert ((codes[:, :positions] >= first) & (codes[:, :positions] < first + levels)).all()
    write_safetensors(tmp_path / "dvae.safetensors", dvae_tensors(painter))
    description = {**SIZE, "pixels": "unit", "pictureSize": [64, 64], "palette": {"positions": positions, "levels": levels}}
    folded = read_dvae(tmp_path / "dvae.safetensors", {**description, "decoder": {"upsample": [2, 2, 2, 1], "shuffle": 2}})
    assert torch.equal(folded.encode(pictures), codes)
    assert folded.decode(codes, 7).shape == (2, 3, 64, 64)
    assert torch.allclose(folded.decode(codes, 7), painter.decode(codes, 7), atol=1e-5)


def test_colors_come_from_the_picture_or_from_who_knows_them(painter):
    positions = painter.config.palette_positions
    red, grey = torch.zeros(1, 3, 32, 32), torch.full((1, 3, 32, 32), 0.5)
    red[:, 0] = 1
    mixed = painter.encode(grey, painter.palette.values(red))
    assert torch.equal(mixed[:, :positions], painter.encode(red)[:, :positions])
    assert torch.equal(mixed[:, positions:], painter.encode(grey)[:, positions:])
    assert not torch.equal(mixed[:, :positions], painter.encode(grey)[:, :positions])


def test_palette_levels_are_the_nearest(painter):
    values = torch.tensor([[0.0, 0.1, 0.13, 0.5, 0.87, 0.99, 0, 0, 0, 0, 0, 1.0]])
    codes = painter.palette.codes(values)
    assert (codes - torch.arange(12) * 5).tolist() == [[0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 4]]
    assert torch.allclose(painter.palette.values_of(codes), painter.palette.quantize(values))


def test_a_pixel_is_its_share_of_the_colors_and_what_is_added():
    output = torch.zeros(1, 3 + 1 + 2, 1, 1)
    output[0, :3, 0, 0] = torch.tensor([0.0, 0.1, 0.2])
    output[0, 3:, 0, 0] = torch.tensor([0.0, 0.0, 50.0])
    colors = torch.tensor([[1.0, 0.0, 0.0, 0.0, 0.5, 0.25]])
    assert torch.allclose(paint(output, colors)[0, :, 0, 0], torch.tensor([0.0, 0.6, 0.45]))
    output[0, 3:] = 0  # a third each; nothing for the share of no colour
    assert torch.allclose(paint(output, colors)[0, :, 0, 0], torch.tensor([1 / 3, 0.1 + 0.5 / 3, 0.2 + 0.25 / 3]))


def test_a_palette_and_logit_laplace_do_not_mix():
    with pytest.raises(ValueError, match='pixels must be "unit"'):
        Dvae(replace(SIZES["tiny-palette"].dvae, pixels="logit-laplace"))


def test_true_colors_are_those_of_the_background_and_of_what_is_painted(painter):
    neutral = torch.ones(2, 3, 16, 16)
    neutral[:, :, 4:12, 4:12] = torch.tensor([0.5, 0.2, 0.7]).view(3, 1, 1)
    natural = neutral.clone()
    natural[0, :, 4:12, 4:8] = 0.3  # of the first picture the left half is painted, of the second nothing
    pictures = torch.zeros(2, 3, 16, 16)
    pictures[:, :, 4:12, 4:12] = torch.tensor([1.0, 0.5, 0.0]).view(3, 1, 1)
    pictures[:, :, 4:12, 8:12] = torch.tensor([0.5, 0.5, 1.0]).view(3, 1, 1)
    values = painter.palette.true_values(pictures, neutral, natural, torch.tensor([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]))
    assert values[:, :6].tolist() == [[0, 0, 0, 1, 0.5, 0], [1, 1, 1, 0.75, 0.5, 0.5]]
    assert not values[:, 6:].any()


def test_a_deeper_decoder_draws_the_same_until_it_learns():
    torch.manual_seed(0)
    model = Dvae(SIZES["tiny"].dvae).eval()
    deep = deepen_decoder(model, (3, 1, 2, 1)).eval()
    codes = torch.randint(32, (2, 16))
    assert deep.config.decoder_blocks == (3, 1, 2, 1)
    assert torch.equal(deep.decode(codes, 4), model.decode(codes, 4))
    loss = deep.decode_features(torch.randn(1, 16, 4, 4)).square().mean()
    loss.backward()
    assert deep.decoder.groups[0].blocks[2].res_path[-1].weight.grad.abs().max() > 0
    with pytest.raises(ValueError, match="can only grow"):
        deepen_decoder(deep, (1, 1, 1, 1))


@torch.no_grad()
def test_codes_are_chosen_by_sums_in_float32_under_autocast_too():
    torch.manual_seed(4)
    model = Dvae(SIZES["tiny"].dvae).eval()
    pictures = torch.rand(2, 3, 32, 32)
    weight, bias = model.quantizer.logit_head()
    with autocast():
        features, logits = model.features(pictures).float(), model.code_logits(pictures)
    assert torch.equal(logits, torch.einsum("bchw,kc->bhwk", features, weight) + bias)
    with autocast():
        rounded = torch.einsum("bchw,kc->bhwk", features, weight) + bias
    assert not torch.equal(logits, rounded)
