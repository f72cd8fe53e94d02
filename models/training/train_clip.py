"""Trains stage 3: `python3 -m models.training.train_clip [--steps N] [--run DIR] …`; resumes from its checkpoint."""

import argparse

import numpy as np
import torch
import torch.nn.functional as F

from .bpe import load_bpe
from .clip import Clip, frame_text
from .clip_batches import ClipBatches
from .config import SIZES, TrainConfig
from .machine import autocast, prepare_machine
from .optimizers import is_of_a_layer, make_optimizers
from .pictures import PictureData, shrink
from .sampling_plan import SamplingPlan, parse_shares
from .train_dvae import load_dvae
from .trainer import Trainer, load_trained

MAX_LOGIT_SCALE = 4.6052  # ln 100, as in CLIP


def contrastive_loss(text, pictures, logit_scale, is_also_true):
    """Symmetric cross-entropy; text [B, D], pictures [B + extra, D]: the extra ones are negatives of every caption.

    A caption that is true of another picture of the batch is left out of that comparison.
    """
    batch = len(text)
    logits = logit_scale.clamp(max=MAX_LOGIT_SCALE).exp() * text @ pictures.T  # [B, B + extra]
    hidden = F.pad(is_also_true, (0, logits.shape[1] - batch))
    logits = logits.masked_fill(hidden, -1e9)
    target = torch.arange(batch)
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits[:, :batch].T, target)) / 2


class ClipTask:
    """The loss of one step."""

    def __init__(self, model, batches):
        self.model, self.batches = model, batches

    def __call__(self, step, generator):
        batch = self.batches.draw(generator)
        with autocast():
            text = self.model.embed_text(batch.text_ids)
            pictures = self.model.embed_pictures(batch.pictures)
        loss = contrastive_loss(text, pictures, self.model.logit_scale, batch.is_also_true)
        right = (text @ pictures.T).argmax(1) == torch.arange(len(text))
        return loss, {"right": right.float().mean().item()}


@torch.no_grad()
def measure_labels(model, batches, count=240):
    """Zero-shot: which concept's caption fits natural pictures on white best, real and decoded. Top-1 shares."""
    data, bpe = batches.data, batches.bpe
    indices = batches.plan.pools["natural-white"]
    indices = indices[:: max(1, len(indices) // count)]
    names = sorted({data.cutout_of(i)["concept"] for i in indices})
    captions = [f"a picture of a {data.concepts[name]['names'][0]}" for name in names]
    text = model.embed_text(torch.tensor([frame_text(bpe.encode(caption), model.config) for caption in captions]))
    target = torch.tensor([names.index(data.cutout_of(i)["concept"]) for i in indices])
    real = shrink(data.compose(indices), model.config.image_side)
    decoded = batches.decode(indices)
    return {
        name: (model.embed_pictures(pictures) @ text.T).argmax(1).eq(target).float().mean().item()
        for name, pictures in (("label_real", real), ("label_decoded", decoded))
    }


@torch.no_grad()
def take_over(model, bpe, run, tokenizer):
    """Starts from a finished run, whose tokenizer may be another: embeddings move by the spelling of their tokens."""
    trained = load_trained(Clip, run)
    theirs = load_bpe(tokenizer).vocab
    embedding = model.text_model.embeddings.token_embedding.weight
    rows = trained.text_model.embeddings.token_embedding.weight
    weights = trained.state_dict()
    weights["text_model.embeddings.token_embedding.weight"] = torch.stack(
        [rows[theirs[token]] if token in theirs else embedding[i] for token, i in sorted(bpe.vocab.items(), key=lambda kv: kv[1])]
        + list(embedding[len(bpe.vocab) :])
    )
    model.load_state_dict(weights)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="models/work/dataset")
    parser.add_argument("--codes", default="models/work/codes.npy")
    parser.add_argument("--dvae", default="models/work/dvae")
    parser.add_argument("--tokenizer", default="models/work/tokenizer.json")
    parser.add_argument("--run", default="models/work/clip")
    parser.add_argument("--size", default="starter", choices=SIZES)
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--stop-at", type=int)
    parser.add_argument("--anchors", type=int, default=32, help="a batch holds about three to four times as many pairs")
    parser.add_argument("--muon-lr", type=float, default=0.01)
    parser.add_argument("--adam-lr", type=float, default=1e-3)
    parser.add_argument("--wave", type=int, default=1)
    parser.add_argument("--shares", type=parse_shares, help="kind=share,…: how often an anchor is of each kind of scene")
    parser.add_argument("--start-from", nargs=2, metavar=("RUN", "TOKENIZER"), help="a finished run of the same size")
    parser.add_argument("--real-only", action="store_true", help="no decoded pictures: to begin before the dVAE is ready")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    prepare_machine(args.threads)
    config = SIZES[args.size].clip
    data = PictureData(args.data, config.image_side)
    torch.manual_seed(3)
    model = Clip(config)
    plan = SamplingPlan(data, "train", args.shares, args.wave)
    codes, dvae = (None, None) if args.real_only else (np.load(args.codes), load_dvae(args.dvae))
    bpe = load_bpe(args.tokenizer)
    if args.start_from:
        take_over(model, bpe, *args.start_from)
    batches = ClipBatches(data, codes, dvae, bpe, plan, config, args.anchors, chimeras=args.anchors // 2)
    optimizers = make_optimizers(model, is_of_a_layer, args.muon_lr, args.adam_lr, (0.9, 0.98), 0.02)
    train = TrainConfig(steps=args.steps, warmup=60, decay_from=0.4, final_rate=0.03, log_every=25, seed=3)
    trainer = Trainer(model, optimizers, train, args.run, about=config)
    trainer.resume()

    def report(step):
        if step % 150 == 0 or step == args.steps:
            trainer.log({"step": step, **measure_labels(model, batches)})

    trainer.run(ClipTask(model, batches), args.stop_at, report)


if __name__ == "__main__":
    main()
