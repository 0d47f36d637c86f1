#!/usr/bin/env python3
"""The usual Python stack on the same songs: librosa for the front end, PyTorch for a ViT-B/16.

    peer_python.py --windows ALL|N --processes P --threads T FILE...

Prints one JSON object on standard output: songs per minute, seconds of each stage summed over the songs, versions. The
network has the shape of the service's default model (one channel, patches of 16, 12 layers, 768 wide, 12 heads, 16 classes)
with random weights: the time does not depend on them. torchvision's VisionTransformer where it is installed, else the same
shape from torch.nn. Front end as in the model's manifest: 22 050 Hz mono, 2048/1024, 224 mel bands, decibels against the
window's maximum over 80 dB, windows of 224 frames, half overlapping, the last one at the end.

Exit codes: 0 measured, 3 librosa or torch is not installed (one line on standard error says which), 2 wrong usage.
"""

import argparse
import importlib.util
import json
import multiprocessing
import sys
import time

SAMPLE_RATE = 22050
N_FFT = 2048
HOP = 1024
N_MELS = 224
FRAMES = 224
FRAME_HOP = 112
TOP_DB = 80.0
CLASSES = 16
BATCH = 8

NEEDED = ("numpy", "librosa", "torch")


def missing_packages():
    """Names of the packages that are needed and not installed."""
    return [name for name in NEEDED if importlib.util.find_spec(name) is None]


def window_starts(frames, wanted):
    """First frames of the windows: hop by hop, one more at the end; `wanted` of them evenly spread, None for all."""
    spare = frames - FRAMES
    if spare <= 0:
        return [0]
    starts = list(range(0, spare + 1, FRAME_HOP))
    if starts[-1] < spare:
        starts.append(spare)
    if wanted is None or wanted >= len(starts):
        return starts
    if wanted == 1:
        return [starts[len(starts) // 2]]
    return [starts[round(i * (len(starts) - 1) / (wanted - 1))] for i in range(wanted)]


def build_network():
    """ViT-B/16 with one input channel and 16 classes; (network, what it is made of)."""
    import torch

    if importlib.util.find_spec("torchvision") is not None:
        from torchvision.models.vision_transformer import VisionTransformer

        network = VisionTransformer(
            image_size=224,
            patch_size=16,
            num_layers=12,
            num_heads=12,
            hidden_dim=768,
            mlp_dim=3072,
            num_classes=CLASSES,
        )
        network.conv_proj = torch.nn.Conv2d(1, 768, kernel_size=16, stride=16)
        return network.eval(), "torchvision VisionTransformer"

    class VisionTransformer(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.patches = torch.nn.Conv2d(1, 768, kernel_size=16, stride=16)
            self.token = torch.nn.Parameter(torch.zeros(1, 1, 768))
            self.position = torch.nn.Parameter(torch.randn(1, 197, 768) * 0.02)
            layer = torch.nn.TransformerEncoderLayer(
                768, 12, 3072, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
            )
            self.encoder = torch.nn.TransformerEncoder(layer, 12, norm=torch.nn.LayerNorm(768))
            self.head = torch.nn.Linear(768, CLASSES)

        def forward(self, images):
            patches = self.patches(images).flatten(2).transpose(1, 2)
            tokens = torch.cat([self.token.expand(len(images), -1, -1), patches], dim=1)
            return self.head(self.encoder(tokens + self.position)[:, 0])

    return VisionTransformer().eval(), "torch.nn.TransformerEncoder"


_network = None
_windows = None


def _start(threads, windows):
    """Once in each process: threads, network, and one run of everything that is compiled at its first use."""
    global _network, _windows
    import librosa
    import numpy as np
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    _windows = windows
    _network, _ = build_network()
    with torch.inference_mode():
        _network(torch.zeros(1, 1, 224, 224))
    noise = np.random.default_rng(1).standard_normal(SAMPLE_RATE).astype(np.float32)
    librosa.feature.melspectrogram(y=noise, sr=SAMPLE_RATE, n_fft=N_FFT, hop_length=HOP, n_mels=N_MELS)
    librosa.resample(noise, orig_sr=44100, target_sr=SAMPLE_RATE)


def _analyse(path):
    """Seconds of (decode and resample, mel, network) of one file, and its number of windows."""
    import librosa
    import numpy as np
    import torch

    started = time.perf_counter()
    samples, _ = librosa.load(path, sr=SAMPLE_RATE, mono=True)
    loaded = time.perf_counter()
    power = librosa.feature.melspectrogram(
        y=samples, sr=SAMPLE_RATE, n_fft=N_FFT, hop_length=HOP, n_mels=N_MELS, fmin=0.0, fmax=SAMPLE_RATE / 2
    )
    decibels = librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=None)
    if decibels.shape[1] < FRAMES:
        decibels = np.tile(decibels, (1, -(-FRAMES // decibels.shape[1])))[:, :FRAMES]
    starts = window_starts(decibels.shape[1], _windows)
    images = np.empty((len(starts), 1, N_MELS, FRAMES), dtype=np.float32)
    for i, start in enumerate(starts):
        window = decibels[:, start : start + FRAMES]
        images[i, 0] = np.clip((window - window.max() + TOP_DB) / TOP_DB, 0.0, 1.0)
    drawn = time.perf_counter()
    with torch.inference_mode():
        for at in range(0, len(images), BATCH):
            torch.softmax(_network(torch.from_numpy(images[at : at + BATCH])), dim=-1)
    done = time.perf_counter()
    return loaded - started, drawn - loaded, done - drawn, len(starts)


def main():
    parser = argparse.ArgumentParser(description="Songs per minute of librosa and PyTorch on the same files.")
    parser.add_argument("--windows", default="ALL", help="ALL, or at most so many windows a song")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="threads of the network in each process")
    parser.add_argument("files", nargs="+", metavar="FILE")
    options = parser.parse_args()
    if options.windows != "ALL" and not (options.windows.isdigit() and int(options.windows) > 0):
        parser.error(f"--windows is ALL or a whole number from 1, not {options.windows!r}")
    windows = None if options.windows == "ALL" else int(options.windows)

    missing = missing_packages()
    if missing:
        print(f"skipped: not installed: {', '.join(missing)}", file=sys.stderr)
        return 3

    import librosa
    import torch

    # Started anew instead of forked: a forked copy of torch's threads hangs.
    context = multiprocessing.get_context("spawn")
    with context.Pool(options.processes, initializer=_start, initargs=(options.threads, windows)) as pool:
        # One song for each process first: what is loaded late is not measured.
        pool.map(_analyse, [options.files[0]] * options.processes, chunksize=1)
        started = time.perf_counter()
        stages = list(pool.imap_unordered(_analyse, options.files, chunksize=1))
        seconds = time.perf_counter() - started

    print(
        json.dumps(
            {
                "songs": len(stages),
                "songsPerMinute": 60 * len(stages) / seconds,
                "windows": sum(stage[3] for stage in stages),
                "loadSeconds": sum(stage[0] for stage in stages),
                "melSeconds": sum(stage[1] for stage in stages),
                "inferenceSeconds": sum(stage[2] for stage in stages),
                "network": build_network()[1],
                "versions": {
                    "python": sys.version.split()[0],
                    "librosa": librosa.__version__,
                    "torch": torch.__version__,
                },
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
