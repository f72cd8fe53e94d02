"""Times the eager PyTorch sampler with a cache, for comparison with the engine.

    python3 -m models.training.benchmark --weights DIR [--text "a red apple"] [--candidates 16] [--guidance 1]
        [--threads 2] [--repeat 3]

Prints one JSON object: seconds of the fastest repeat for prefill, decode, pixels and rank, and their total.
"""

import argparse
import json
import time

import torch

from .clip import frame_text
from .machine import prepare_machine
from .pictures import shrink
from .sampler import SamplingConfig, sample
from .transformer import pad_text
from .weights import read_weights


@torch.no_grad()
def time_once(weights, text, candidates, config):
    """Seconds of prefill, decode, pixels and rank of one run, and their total."""
    transformer, dvae, clip = weights.transformer, weights.dvae, weights.clip
    ids = weights.bpe.encode(text)
    text_ids = torch.tensor([pad_text(ids, transformer.config)]).expand(candidates, -1)
    marks = [time.perf_counter()]
    transformer.hidden(text_ids)
    marks.append(time.perf_counter())
    codes, _ = sample(transformer, text_ids, config, torch.Generator().manual_seed(7))
    marks.append(time.perf_counter())
    pictures = dvae.decode(codes, transformer.config.rows)
    marks.append(time.perf_counter())
    embeddings = clip.embed_pictures(shrink(pictures, clip.config.image_side))
    embeddings @ clip.embed_text(torch.tensor([frame_text(ids, clip.config)])).T
    marks.append(time.perf_counter())
    prefill, whole, pixels, rank = (b - a for a, b in zip(marks, marks[1:]))
    # `sample` prefills itself: its decode time is what is left.
    seconds = {"prefill": prefill, "decode": whole - prefill, "pixels": pixels, "rank": rank}
    return {**seconds, "total": whole + pixels + rank}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--text", default="a red apple on a white background")
    parser.add_argument("--candidates", type=int, default=16)
    parser.add_argument("--guidance", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    prepare_machine(args.threads)
    weights = read_weights(args.weights)
    config = SamplingConfig(guidance_scale=args.guidance)
    runs = [time_once(weights, args.text, args.candidates, config) for _ in range(args.repeat)]
    fastest = min(runs, key=lambda run: run["total"])
    print(json.dumps({"candidates": args.candidates, "threads": args.threads, "guidance": args.guidance, "seconds": fastest}))


if __name__ == "__main__":
    main()
