"""The paper's transformer, written from the paper alone: what the engine's tokens and logits are held against.

    python3 paper_transformer.py FOLDER

FOLDER holds `transformer.safetensors` (float32), `drawn.json` = {"heads", "textIds", "firstId", "runs": [{"seed", "candidate",
"tokens"}]} and `logits.f32`, the logits of the first run, [1024, 8192]. Prints {"largestLogitDifference", "tokens",
"differentTokens", "smallestLead"}: every token is drawn again at temperature 1 from the logits that the engine's earlier tokens
give here. All equal means that decoding here from the start would give the same tokens: they can only part at a first difference.

Shares no code with models/training or with the engine. Sections are those of arXiv 2102.12092.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

TEXT, SIDE, CODES = 256, 32, 8192  # section 2.2: 256 text positions, 32 x 32 image positions, 8192 codes
CELLS = SIDE * SIDE
LAYERS = 64


def read_tensors(path):
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            values = np.frombuffer(raw[begin:end], "<f4").reshape(entry["shape"])
            tensors[name] = torch.from_numpy(values.copy())
    return tensors


def layout_of(layer):
    """Appendix B, layers counted from 1: column where (i - 2) mod 4 = 0, the last convolutional, row elsewhere."""
    if layer == LAYERS:
        return "convolution"
    return "column" if (layer - 2) % 4 == 0 else "row"


def cells_seen(layout, cell):
    """The image positions that `cell` attends to (figure 11)."""
    row, column = divmod(cell, SIDE)
    if layout == "row":  # itself and the 32 before it: 33 positions
        return range(max(0, cell - SIDE), cell + 1)
    if layout == "column":
        return [above * SIDE + column for above in range(row + 1)]
    seen = set()  # an 11 x 11 kernel around the position; what leaves an edge wraps into the next row, as in raster order
    for up in range(6):
        for across in range(-5, 6):
            other = cell - up * SIDE + across
            if 0 <= other <= cell:
                seen.add(other)
    return sorted(seen)


def scores_mask(layout):
    mask = torch.full((TEXT + CELLS, TEXT + CELLS), float("-inf"))
    for position in range(TEXT):
        mask[position, : position + 1] = 0
    mask[TEXT:, :TEXT] = 0
    for cell in range(CELLS):
        mask[TEXT + cell, [TEXT + other for other in cells_seen(layout, cell)]] = 0
    return mask


class Paper:
    def __init__(self, tensors, heads):
        self.t, self.heads = tensors, heads
        self.masks = {layout: scores_mask(layout) for layout in ("row", "column", "convolution")}

    def norm(self, name, x):
        return F.layer_norm(x, x.shape[-1:], self.t[f"{name}.weight"], self.t[f"{name}.bias"], 1e-5)

    @torch.no_grad()
    def logits(self, ids):
        """Logits over the codes after the last text position and after every image position but the last: [1024, 8192]."""
        grid = self.t["image_row_embedding.weight"][:, None] + self.t["image_column_embedding.weight"][None]
        places = torch.cat([self.t["text_position_embedding.weight"], grid.flatten(0, 1)])
        x = self.t["token_embedding.weight"][ids] + places[: len(ids)]
        for layer in range(1, LAYERS + 1):
            name = f"layers.{layer - 1}"
            x = x + self.attention(f"{name}.attention", layout_of(layer), self.norm(f"{name}.attention_norm", x))
            hidden = F.gelu(self.norm(f"{name}.mlp_norm", x) @ self.t[f"{name}.mlp.up.weight"].T)
            x = x + hidden @ self.t[f"{name}.mlp.down.weight"].T
        return self.norm("final_norm", x)[TEXT - 1 :] @ self.t["head.weight"][-CODES:].T

    def attention(self, name, layout, x):
        length = len(x)
        q, k, v = (x @ self.t[f"{name}.qkv.weight"].T).view(length, 3, self.heads, -1).permute(1, 2, 0, 3)
        scores = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5 + self.masks[layout][:length, :length]
        joined = (scores.softmax(-1) @ v).transpose(0, 1).reshape(length, -1)
        return joined @ self.t[f"{name}.out.weight"].T


def gumbel_noise(seed, candidate):
    """[1024, 8192]: Philox4x32-10 with the key `seed` and the counter (code // 4, position, candidate, 0)."""
    low32 = np.uint64(0xFFFFFFFF)
    blocks, places = np.meshgrid(np.arange(CODES // 4, dtype=np.uint64), np.arange(CELLS, dtype=np.uint64))
    c = [blocks, places, np.full_like(blocks, candidate), np.zeros_like(blocks)]
    k0, k1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        a, b = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [(b >> np.uint64(32)) ^ c[1] ^ np.uint64(k0), b & low32, (a >> np.uint64(32)) ^ c[3] ^ np.uint64(k1), a & low32]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    uniform = (np.stack(c, -1).reshape(CELLS, CODES) + 0.5) / 2.0**32
    return torch.from_numpy(-np.log(-np.log(uniform)))


def main():
    folder = Path(sys.argv[1])
    drawn = json.loads((folder / "drawn.json").read_text())
    model = Paper(read_tensors(folder / "transformer.safetensors"), drawn["heads"])
    ours = torch.from_numpy(np.fromfile(folder / "logits.f32", "<f4").reshape(CELLS, CODES))
    answer = {"largestLogitDifference": 0.0, "tokens": 0, "differentTokens": 0, "smallestLead": float("inf")}
    for number, run in enumerate(drawn["runs"]):
        tokens = torch.tensor(run["tokens"])
        logits = model.logits(torch.cat([torch.tensor(drawn["textIds"]), drawn["firstId"] + tokens[:-1]]))
        if number == 0:
            answer["largestLogitDifference"] = (logits - ours).abs().max().item()
        race = (logits.double() + gumbel_noise(run["seed"], run["candidate"])).topk(2)
        answer["tokens"] += CELLS
        answer["differentTokens"] += (race.indices[:, 0] != tokens).sum().item()
        lead = (race.values[:, 0] - race.values[:, 1]).min().item()
        answer["smallestLead"] = min(answer["smallestLead"], lead)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
