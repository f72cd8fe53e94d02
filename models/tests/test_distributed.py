"""Two processes give the losses of one."""

import json
import socket
import subprocess
import sys

import pytest
import torch

from .conftest import ROOT

WORKER = """
import sys, torch
from models.training.config import SIZES, TrainConfig
from models.training.distributed import join_group, my_slice
from models.training.optimizers import is_of_a_layer, make_optimizers
from models.training.trainer import Trainer
from models.training.transformer import Transformer, pad_text
torch.set_num_threads(1)
join_group()
config = SIZES["tiny"].transformer
torch.manual_seed(0)
model = Transformer(config)
text = torch.tensor([pad_text([5 + i, 6], config) for i in range(4)])
def compute(step, generator):
    codes = torch.randint(32, (4, 16), generator=generator)
    return model.loss(my_slice(text), my_slice(codes))[0], {}
optimizers = make_optimizers(model, is_of_a_layer, 0.02, 1e-3)
Trainer(model, optimizers, TrainConfig(steps=6, warmup=2, log_every=1), sys.argv[1]).run(compute)
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def losses_of(folder, world):
    """Sets what torchrun sets: its own launcher fails in torch 1.13 under Python 3.11."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "worker.py"
    script.write_text(WORKER)
    shared = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1", "WORLD_SIZE": str(world)}
    shared |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    processes = [
        subprocess.Popen(
            [sys.executable, str(script), str(folder)], cwd=ROOT, env={**shared, "RANK": str(rank)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for rank in range(world)
    ]  # fmt: skip
    for process in processes:
        _, errors = process.communicate(timeout=80)
        assert process.returncode == 0, errors
    return [json.loads(line)["loss"] for line in (folder / "log.jsonl").read_text().splitlines()]


@pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch was built without torch.distributed")
def test_two_processes_give_the_losses_of_one(tmp_path):
    one = losses_of(tmp_path / "one", 1)
    two = losses_of(tmp_path / "two", 2)
    assert len(one) == 6
    assert two == pytest.approx(one, abs=2e-4)
