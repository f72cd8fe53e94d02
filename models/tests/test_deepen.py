"""A deepened run goes on from the very model it was."""

import pytest
import torch

from models.training.deepen import deepen, parameter_orders
from models.training.optimizers import is_of_a_layer, make_optimizers
from models.training.trainer import Trainer, checkpoint_path, load_trained, read_checkpoint
from models.training.transformer import Transformer, pad_text

from .test_trainer import CONFIG, make_task, make_trainer


@pytest.fixture
def run(tmp_path):
    trainer = make_trainer(tmp_path / "shallow")
    trainer.run(make_task(trainer.module), stop_at=5)
    return tmp_path / "shallow"


def test_a_deeper_model_computes_what_the_shallower_did(run, tmp_path):
    (tmp_path / "deep").mkdir()
    torch.save(deepen(read_checkpoint(run), 5), checkpoint_path(tmp_path / "deep"))
    shallow, deep = (load_trained(Transformer, folder) for folder in (run, tmp_path / "deep"))
    ids = torch.tensor([[*pad_text([5, 6], CONFIG), 3 + 64, 9 + 64]])
    assert len(deep.layers) == 5 and torch.equal(deep.hidden(ids)[0], shallow.hidden(ids)[0])


def test_training_goes_on_with_the_moments_of_what_was_there(run, tmp_path):
    before = read_checkpoint(run)
    state = deepen(before, 3)
    old, new = (parameter_orders(Transformer(c)) for c in (CONFIG, state["about"]))
    for a, b, was, now in zip(old, new, before["optimizers"], state["optimizers"]):
        assert {a[i]: moments for i, moments in was["state"].items()} == {b[i]: moments for i, moments in now["state"].items()}
    (tmp_path / "deep").mkdir()
    torch.save(state, checkpoint_path(tmp_path / "deep"))
    model = Transformer(state["about"])
    optimizers = make_optimizers(model, is_of_a_layer, 0.02, 1e-3)
    trainer = Trainer(model, optimizers, make_trainer(tmp_path / "x").config, tmp_path / "deep", about=state["about"])
    assert trainer.resume() == 5
    trainer.run(make_task(model))
    assert trainer.step == 8 and model.layers[2].mlp.down.weight.abs().sum() > 0


def test_fewer_layers_are_refused(run):
    with pytest.raises(ValueError, match="must be more, got 2"):
        deepen(read_checkpoint(run), 2)
