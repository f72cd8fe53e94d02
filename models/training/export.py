"""Writes the weights folder of docs/weights-format.md: `python3 -m models.training.export --out DIR`.

Takes the averaged weights of each run's last checkpoint, so a half-trained model can be tried while training goes on. With --weights,
what --work has no run or tokenizer of is taken from there: the pack before, where only one model was trained further.
"""

import argparse
import json
import re
from pathlib import Path

from .bpe import load_bpe
from .clip import Clip
from .palette import Palette
from .train_dvae import load_dvae
from .trainer import checkpoint_path, load_trained
from .transformer import Transformer
from .weights import DEFAULT_SAMPLING, read_clip, read_transformer, write_weights


def read_identity(path):
    """id, name, version, licence and attribution of the pack; `sampling` may override the defaults."""
    identity = json.loads(Path(path).read_text())
    return identity, {**DEFAULT_SAMPLING, **identity.pop("sampling", {})}


def words_of(folder, forms, treatments):
    """What the data set of a folder names: the `words` of a pack (docs/weights-format.md); of treatments, those trained on."""
    folder = Path(folder)
    description = json.loads((folder / "dataset.json").read_text())
    vocabulary = set()
    with open(folder / "scenes.jsonl", encoding="utf-8") as lines:
        for scene in map(json.loads, lines):
            if scene["split"] == "train" and is_learned(scene["kind"], treatments):
                vocabulary.update(word for caption in scene["captions"] for word in re.findall(r"[^\W\d_]+", caption.lower()))
    return {
        "things": [{"names": list(dict.fromkeys(c["names"])), "plural": c["plural"]} for c in description["concepts"]],
        "colors": description["tints"], "backgrounds": list(description["backgrounds"]),
        "styles": [icon_set["style"] for icon_set in description["iconSets"]],
        "forms": forms, "vocabulary": sorted(vocabulary),
    }  # fmt: skip


def is_learned(kind, treatments):
    """Whether a pack that was taught these treatments saw scenes of this kind; colours are no treatment."""
    name, _, treatment = kind.partition("-")
    return name not in ("treatment", "panels", "prompted") or treatment in ("colour", *treatments)


def has_run(folder):
    """Whether a training run has left a checkpoint there."""
    return checkpoint_path(folder).exists()


def trained_or_read(make_model, run, read, weights):
    """The model of a run, else of the weights folder, if there is one."""
    return read(weights) if weights and not has_run(run) else load_trained(make_model, run)


def dvae_of(run, work, weights):
    """Where the dVAE is: the run or weights folder that was named, else the run in `work`, else the weights folder."""
    return run or (weights if weights and not has_run(work / "dvae") else work / "dvae")


def tokenizer_of(work, weights):
    """The tokenizer in `work`, else that of the weights folder, if there is one."""
    trained = work / "tokenizer.json"
    return Path(weights) / "tokenizer.json" if weights and not trained.exists() else trained


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True)
    parser.add_argument("--work", default="models/work", help="folder of the runs dvae, palette (if the dVAE has one), transformer and clip")
    parser.add_argument("--dvae", help="the dVAE run, or a weights folder, if it is not dvae in --work")
    parser.add_argument("--weights", help="a weights folder for the models and the tokenizer that --work lacks")
    parser.add_argument("--data", help="the data set, if the identity lists the sentences (words.forms) that its words stand in")
    parser.add_argument("--identity", default="models/starter/identity.json")
    args = parser.parse_args()
    work = Path(args.work)
    identity, sampling = read_identity(args.identity)
    words = identity.pop("words", None)
    if args.data and words:
        identity["words"] = words_of(args.data, words["forms"], words["treatments"])
    transformer = trained_or_read(Transformer, work / "transformer", read_transformer, args.weights)
    clip = trained_or_read(Clip, work / "clip", read_clip, args.weights)
    dvae = load_dvae(dvae_of(args.dvae, work, args.weights))
    if dvae.palette is not None and has_run(work / "palette"):
        dvae.palette.load_state_dict(load_trained(Palette, work / "palette").state_dict())
    write_weights(args.out, transformer, dvae, clip, load_bpe(tokenizer_of(work, args.weights)), identity, sampling)
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
