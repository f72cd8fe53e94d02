"""The peer of the engine's benchmark: the same transformer in PyTorch eager with a cache, timed step by step.

    python3 torch_peer.py WEIGHTS_FOLDER THREADS

Reads one JSON object a line: {"batch", "start", "steps", "dtype": "float32" | "bfloat16",
"clock": "wall" | "cpu"}; answers {"ms"}, milliseconds a step.
"""

import contextlib
import json
import sys
import time
from pathlib import Path

import torch

from models.training.safetensors import read_safetensors
from models.training.transformer import Transformer
from models.training.weights import read_transformer_config


def read_repeating(folder):
    """The transformer of a weights folder with fewer layers than its model.json says (random-pack.ts): the rest repeat the last."""
    model = Transformer(read_transformer_config(folder))
    tensors = read_safetensors(folder / "transformer.safetensors")
    written = 1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("layers."))
    for layer in range(written, model.config.layers):
        last = f"layers.{written - 1}."
        repeats = {n.replace(last, f"layers.{layer}."): t for n, t in tensors.items() if n.startswith(last)}
        tensors.update(repeats)
    model.load_state_dict(tensors)
    return model.eval()


@torch.no_grad()
def time_steps(model, batch, start, steps, dtype, clock):
    now = time.perf_counter if clock == "wall" else time.process_time
    size = model.config
    kind = getattr(torch, dtype)
    # Under autocast weights are cast once, and norms stay in fp32, which is where bf16 is fastest in this release.
    precision = torch.autocast("cpu", kind) if kind == torch.bfloat16 else contextlib.nullcontext()
    # Written, so that it is memory of its own (time-steps.ts). What stands in it does not change the time, and to draw
    # random numbers would take longer than the steps.
    shape = (batch, size.heads, start, size.head_width)
    caches = [tuple(torch.full(shape, 0.5, dtype=kind) for _ in range(2)) for _ in range(size.layers)]
    ids = torch.full((batch, 1), size.first_code)
    with precision:
        for step in range(steps + 1):
            if step == 1:
                began = now()
            hidden, caches = model.hidden(ids, start + step, caches)
            ids = model.image_logits(hidden[:, -1]).argmax(-1, keepdim=True) + size.first_code
    return (now() - began) / steps * 1000


def main():
    torch.set_num_threads(int(sys.argv[2]))
    model = read_repeating(Path(sys.argv[1]))
    print(json.dumps({"torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        print(json.dumps({"ms": time_steps(model, **task)}), flush=True)


if __name__ == "__main__":
    main()
