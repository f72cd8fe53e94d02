"""More layers for a transformer in training: `python3 -m models.training.deepen --run DIR --layers N --out DIR`.

New layers go on top. Their output projections are zero, so the deeper model computes what the shallower one did (Net2Net, Chen et
al. 2015, for residual networks) and training goes on from there, with the moments of every parameter that was there before.
"""

import argparse
from dataclasses import replace

import torch

from .optimizers import is_of_a_layer, make_optimizers
from .trainer import checkpoint_path, read_checkpoint
from .transformer import Transformer


def deepen(state, layers):
    """The checkpoint `state` of a Trainer with `layers` layers; ValueError where that is not more than it has."""
    config = state["about"]
    if layers <= config.layers:
        raise ValueError(f"the run has {config.layers} layers, so --layers must be more, got {layers}")
    if config.attention:
        raise ValueError("a run with named layouts by layer cannot be deepened: give the new layers' layouts to a new run")
    deeper = replace(config, layers=layers)
    torch.manual_seed(layers)
    model = Transformer(deeper)
    added = {name: value for name, value in model.state_dict().items() if name not in state["module"]}
    orders = zip(parameter_orders(Transformer(config)), parameter_orders(model))
    return {
        **state,
        "module": {**state["module"], **added},
        "ema": None if state["ema"] is None else {**state["ema"], **{name: value.clone() for name, value in added.items()}},
        "optimizers": [moved(saved, old, new) for saved, (old, new) in zip(state["optimizers"], orders)],
        "about": deeper,
    }


def parameter_orders(model):
    """Of each optimiser the names of its parameters, in the order in which it numbers them."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    optimizers = make_optimizers(model, is_of_a_layer, 1.0, 1.0)
    return [[names[id(p)] for group in optimizer.param_groups for p in group["params"]] for optimizer in optimizers]


def moved(saved, old_names, new_names):
    """An optimiser's saved state under the numbers that its parameters have in the deeper model."""
    places = {name: i for i, name in enumerate(new_names)}
    (settings,) = saved["param_groups"]
    return {
        "state": {places[old_names[i]]: moments for i, moments in saved["state"].items()},
        "param_groups": [{**settings, "params": list(range(len(new_names)))}],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", required=True, help="folder of the run to deepen")
    parser.add_argument("--layers", type=int, required=True)
    parser.add_argument("--out", required=True, help="folder of the run that goes on from there")
    args = parser.parse_args()
    out = checkpoint_path(args.out)
    if out.exists():
        parser.error(f"{out} is there already")
    state = deepen(read_checkpoint(args.run), args.layers)
    out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, out)
    print(f"{args.layers} layers at step {state['step']} in {out}")


if __name__ == "__main__":
    main()
