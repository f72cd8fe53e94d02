"""A training loop that knows nothing of the model: schedule, gradient clipping, EMA, checkpoints, log.

Everything random is drawn from generators seeded by (seed, step), so a resumed run repeats an uninterrupted one.
"""

import copy
import json
import os
import time
from pathlib import Path

import torch

from .distributed import average, group_shape


def checkpoint_path(folder):
    """The file that a run in this folder goes on from."""
    return Path(folder) / "checkpoint.pt"


def read_checkpoint(folder):
    """What `Trainer.save` wrote: step, module, ema (or None), optimizers, about; FileNotFoundError where there is none."""
    return torch.load(checkpoint_path(folder), map_location="cpu")


def step_generator(seed, step):
    """The random numbers of one step, whatever happened before it."""
    return torch.Generator().manual_seed(seed * 1_000_003 + step)


def rate_factor(config, step):
    """Linear warm-up, constant, then linear decay."""
    if step < config.warmup:
        return (step + 1) / config.warmup
    start = config.decay_from * config.steps
    if step < start:
        return 1.0
    left = (config.steps - step) / max(1.0, config.steps - start)
    return max(config.final_rate, left)


class Trainer:
    """Runs `compute_loss(step, generator) -> (loss, numbers to log)` from the last checkpoint to the last step."""

    def __init__(self, module, optimizers, config, folder, about=None):
        self.module, self.optimizers, self.config = module, optimizers, config
        self.about = about  # kept in checkpoints for whoever loads them: the model's own configuration
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ema = copy.deepcopy(module).requires_grad_(False) if config.ema else None
        self.step = 0

    def resume(self):
        """Loads the checkpoint if there is one; returns the step to go on from."""
        if checkpoint_path(self.folder).exists():
            state = read_checkpoint(self.folder)
            self.module.load_state_dict(state["module"])
            if self.ema is not None:
                self.ema.load_state_dict(state["ema"])
            for optimizer, saved in zip(self.optimizers, state["optimizers"]):
                peaks = [group["peak_lr"] for group in optimizer.param_groups]
                optimizer.load_state_dict(saved)
                for group, peak in zip(optimizer.param_groups, peaks):
                    group["peak_lr"] = peak
            self.step = state["step"]
        return self.step

    def save(self):
        """Writes the checkpoint, whole or not at all; in a group the first process does."""
        if group_shape()[0] != 0:
            return
        state = {
            "step": self.step,
            "module": self.module.state_dict(),
            "ema": None if self.ema is None else self.ema.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "about": self.about,
        }
        partial = checkpoint_path(self.folder).with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, checkpoint_path(self.folder))

    def run(self, compute_loss, stop_at=None, on_step=None):
        """Trains to `stop_at` (default: the configured last step) and saves; `on_step(steps done)` after each."""
        config, last_save, started = self.config, time.time(), time.time()
        last_step = config.steps if stop_at is None else min(stop_at, config.steps)
        first_step = self.step
        while self.step < last_step:
            self.set_rates()
            loss, numbers = compute_loss(self.step, step_generator(config.seed, self.step))
            for optimizer in self.optimizers:
                optimizer.zero_grad(set_to_none=True)
            loss.backward()
            loss = loss.detach()
            with torch.no_grad():
                average([p.grad for p in self.module.parameters() if p.grad is not None] + [loss])
            torch.nn.utils.clip_grad_norm_(self.module.parameters(), config.clip_norm)
            for optimizer in self.optimizers:
                optimizer.step()
            self.step += 1
            if self.ema is not None and self.step % config.ema_every == 0:
                self.update_ema()
            if self.step % config.log_every == 0 or self.step == last_step:
                pace = (self.step - first_step) / (time.time() - started)
                self.log({"step": self.step, "loss": loss.item(), "steps_per_second": pace, **numbers})
            if on_step is not None:
                on_step(self.step)
            if time.time() - last_save > config.checkpoint_every_seconds:
                self.save()
                last_save = time.time()
        self.save()

    def set_rates(self):
        """Gives every optimiser the learning rate of this step."""
        factor = rate_factor(self.config, self.step)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["peak_lr"] * factor

    @torch.no_grad()
    def update_ema(self):
        """The average starts as a plain mean, so early weights do not linger."""
        decay = min(self.config.ema, (1 + self.step) / (10 + self.step))
        for average, current in zip(self.ema.state_dict().values(), self.module.state_dict().values()):
            if average.dtype.is_floating_point:
                average.lerp_(current, 1 - decay)
            else:
                average.copy_(current)

    def log(self, numbers):
        """A line of log.jsonl, and of standard output."""
        if group_shape()[0] != 0:
            return
        rounded = {key: round(value, 5) if isinstance(value, float) else value for key, value in numbers.items()}
        line = json.dumps({"time": time.strftime("%H:%M:%S"), **rounded})
        with open(self.folder / "log.jsonl", "a", encoding="utf-8") as out:
            out.write(line + "\n")
        print(line, flush=True)


def load_trained(make_model, folder):
    """A model from a run's checkpoint: `make_model(about)` with its averaged weights, or the last if none were kept."""
    state = read_checkpoint(folder)
    model = make_model(state["about"])
    model.load_state_dict(state["ema"] or state["module"])
    return model.eval()
