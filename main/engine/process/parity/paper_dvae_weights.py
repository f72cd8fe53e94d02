"""A tiny random weights folder whose dVAE is of the paper's kind: Gumbel quantiser, logit-Laplace pixels.

python3 -m main.engine.process.parity.paper_dvae_weights --out FOLDER
"""

import sys
from dataclasses import replace

import torch

from models.training.clip import Clip
from models.training.config import SIZES
from models.training.dvae import Dvae
from models.training.tiny import IDENTITY, tiny_bpe
from models.training.transformer import Transformer
from models.training.weights import write_weights


@torch.no_grad()
def main():
    torch.manual_seed(3)
    size = SIZES["tiny"]
    # The last group is enlarged too, as in the starter model.
    dvae = Dvae(replace(size.dvae, quantizer="gumbel", pixels="logit-laplace", upsample=(2, 2, 1, 2)))
    for parameter in dvae.parameters():
        parameter.add_(torch.randn_like(parameter) * 0.1)
    dvae.decoder.output.weight.mul_(4)  # pictures with some contrast
    bpe = tiny_bpe(size.transformer.text_vocabulary)
    write_weights(sys.argv[2], Transformer(size.transformer), dvae, Clip(size.clip), bpe, IDENTITY)


if __name__ == "__main__":
    main()
