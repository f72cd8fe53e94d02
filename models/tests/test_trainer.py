"""A resumed run gives the same weights as an uninterrupted one."""

import torch

from models.training.config import SIZES, TrainConfig
from models.training.optimizers import is_of_a_layer, make_optimizers, orthogonalize
from models.training.trainer import Trainer, load_trained, rate_factor
from models.training.transformer import Transformer, pad_text

CONFIG = SIZES["tiny"].transformer


def make_trainer(folder, steps=8):
    torch.manual_seed(0)
    model = Transformer(CONFIG)
    optimizers = make_optimizers(model, is_of_a_layer, 0.02, 1e-3)
    config = TrainConfig(steps=steps, warmup=2, ema=0.9, log_every=100)
    return Trainer(model, optimizers, config, folder, about=CONFIG)


def make_task(model):
    text = torch.tensor([pad_text([5, 6], CONFIG)] * 4)

    def compute(step, generator):
        loss, _, image = model.loss(text, torch.randint(32, (4, 16), generator=generator))
        return loss, {"image": image.item()}

    return compute


def test_resume_equals_uninterrupted(tmp_path):
    whole = make_trainer(tmp_path / "whole")
    whole.run(make_task(whole.module))
    first = make_trainer(tmp_path / "parts")
    first.run(make_task(first.module), stop_at=3)
    second = make_trainer(tmp_path / "parts")
    assert second.resume() == 3
    second.run(make_task(second.module))
    for a, b in zip(whole.module.state_dict().values(), second.module.state_dict().values()):
        assert torch.equal(a, b)
    for a, b in zip(whole.ema.state_dict().values(), load_trained(Transformer, tmp_path / "parts").state_dict().values()):
        assert torch.equal(a, b)


def test_training_lowers_the_loss(tmp_path):
    trainer = make_trainer(tmp_path, steps=60)
    text, codes = torch.tensor([pad_text([5], CONFIG)]), torch.arange(16)[None]

    def compute(step, generator):
        return trainer.module.loss(text, codes)[0], {}

    before = compute(0, None)[0].item()
    trainer.run(compute)
    assert compute(0, None)[0].item() < 0.7 * before


def test_schedule():
    config = TrainConfig(steps=100, warmup=10, decay_from=0.5, final_rate=0.0)
    assert [round(rate_factor(config, step), 2) for step in (0, 9, 30, 50, 75, 99)] == [0.1, 1.0, 1.0, 1.0, 0.5, 0.02]


def test_orthogonalize_evens_out_singular_values():
    torch.manual_seed(0)
    for shape in ((16, 48), (48, 16)):
        values = torch.linalg.svdvals(orthogonalize(torch.randn(shape)))
        assert values.min() > 0.4 and values.max() < 1.4
