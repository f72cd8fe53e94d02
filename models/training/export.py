"""Writes the weights folder of docs/weights-format.md: `python3 -m models.training.export --out DIR`.

Takes the averaged weights of each run's last checkpoint, so a half-trained model can be tried while training goes on.
"""

import argparse
import json
from pathlib import Path

from .bpe import load_bpe
from .clip import Clip
from .palette import Palette
from .train_dvae import load_dvae
from .trainer import load_trained
from .transformer import Transformer
from .weights import DEFAULT_SAMPLING, write_weights


def read_identity(path):
    """id, name, version, licence and attribution of the pack; `sampling` may override the defaults."""
    identity = json.loads(Path(path).read_text())
    return identity, {**DEFAULT_SAMPLING, **identity.pop("sampling", {})}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True)
    parser.add_argument("--work", default="models/work", help="folder of the runs dvae, palette (if the dVAE has one), transformer and clip")
    parser.add_argument("--dvae", help="the dVAE run, if it is not dvae in --work")
    parser.add_argument("--identity", default="models/starter/identity.json")
    args = parser.parse_args()
    work = Path(args.work)
    identity, sampling = read_identity(args.identity)
    transformer = load_trained(Transformer, work / "transformer")
    clip = load_trained(Clip, work / "clip")
    dvae = load_dvae(args.dvae or work / "dvae")
    if dvae.palette is not None:
        dvae.palette.load_state_dict(load_trained(Palette, work / "palette").state_dict())
    write_weights(args.out, transformer, dvae, clip, load_bpe(work / "tokenizer.json"), identity, sampling)
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
