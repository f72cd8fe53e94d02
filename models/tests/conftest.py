"""Fixtures: a tiny weights folder and two tiny data sets, each made once; tests leave them as they are."""

import subprocess
from pathlib import Path

import pytest
import torch

from models.training.pictures import PictureData
from models.training.tiny import write_tiny
from models.training.weights import read_weights

ROOT = Path(__file__).resolve().parents[2]


def build_dataset(out, *options):
    """Runs models/dataset/build.ts into a folder and returns it."""
    node = ROOT / "node_modules/.bin/node"
    subprocess.run(
        [str(node), "models/dataset/build.ts", "--out", str(out), *options], cwd=ROOT, check=True, capture_output=True
    )
    return out


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny(folder)
    return folder


@pytest.fixture(scope="session")
def tiny(tiny_folder):
    return read_weights(tiny_folder)


@pytest.fixture(scope="session")
def small_dataset(tmp_path_factory):
    return build_dataset(tmp_path_factory.mktemp("dataset"), "--limit", "3", "--side", "32")


@pytest.fixture(scope="session")
def wide_folder(tmp_path_factory):
    return build_dataset(tmp_path_factory.mktemp("wide"), "--limit", "3", "--side", "32", "--extent", "wide")


@pytest.fixture(scope="session")
def wide(wide_folder):
    return PictureData(wide_folder)
