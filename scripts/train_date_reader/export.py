"""From a trained network to the ONNX file that the agent ships, checked against the network itself."""

import warnings
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

OPSET = 13
"""Old enough for OpenCV 4.11."""


def export(network: nn.Module, example: Tensor, path: Path) -> None:
    """Write the file, with normalisations folded into the convolutions, and prove that OpenCV answers alike."""
    network.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network, (example,), str(path), opset_version=OPSET, dynamo=False,
            input_names=["picture"], output_names=["scores"],
        )  # fmt: skip
    with torch.no_grad():
        expected = network(example).numpy()
    answer = cv2.dnn.readNetFromONNX(str(path))
    answer.setInput(example.numpy())
    difference = float(np.abs(answer.forward() - expected).max())
    if difference > 1e-3:
        raise ValueError(f"{path}: OpenCV differs from the trained network by {difference}")
