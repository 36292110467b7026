"""The virtual Pi's disk: Debian 12 as on a Pi, simulated hardware, the agent installed by its own installer."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.machine import cache
from tests.machine.commands import CommandFailed, run
from tests.machine.debian import mirror
from tests.machine.initramfs import Initramfs
from tests.machine.kernel import Kernel, kernel

from .modules.build import modules

_HERE = Path(__file__).parent
_GUEST = _HERE / "guest"
_CHECKOUT = _HERE.parents[1]
_LOCK = _CHECKOUT / "requirements" / "run.lock"
_RELEASE = "bookworm"
_DISK_BYTES = 4 << 30
_SYSTEM = ("systemd", "systemd-sysv", "udev", "dbus", "kmod", "e2fsprogs", "openssh-server", "iproute2", "procps")
# What scripts/install.sh would install: the machine has no network of its own.
_AGENT = (
    "python3", "python3-venv", "git", "ca-certificates", "util-linux", "tzdata", "tesseract-ocr", "libzbar0",
    "alsa-utils", "python3-pyaudio", "flac", "bluez", "rfkill", "cron",
)  # fmt: skip
_EARLY = ("virtio_blk", "ext4")
_MODULES = (
    *_EARLY, "virtio_net", "virtio_rng", "virtio_console", "qemu_fw_cfg", "autofs4", "configfs", "snd-aloop",
    "videodev", "videobuf2-v4l2", "bluetooth", "hci_uart", "af_alg", "algif_hash", "algif_skcipher",
    "cmac", "ecb", "ecdh_generic",
)  # fmt: skip
_UNITS = (
    "lab-hardware", "lab-radio", "lab-camera", "lab-microphone", "lab-ready", "systemd-networkd", "bluetooth", "cron",
    "ssh",
)  # fmt: skip
_MASKED = (
    "serial-getty@hvc0.service", "serial-getty@ttyS0.service", "getty@tty1.service", "apt-daily.timer",
    "apt-daily-upgrade.timer", "e2scrub_all.timer", "e2scrub_reap.service", "fstrim.timer", "dpkg-db-backup.timer",
    "systemd-networkd-wait-online.service", "systemd-firstboot.service", "systemd-timesyncd.service",
    "proc-sys-fs-binfmt_misc.automount", "systemd-binfmt.service",
)  # fmt: skip
# Of the Pi's own archive; Debian 12 does not have it.
_PINS = ("rpi-lgpio==0.6", "lgpio==0.2.2.0")
_NETWORK = "[Match]\nName=e*\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\nLinkLocalAddressing=no\n"
_CAMERA = "options v4l2loopback video_nr=0 card_label=lab-camera exclusive_caps=1 max_buffers=4\n"
# As Raspberry Pi OS has it: /tmp is in memory, and small.
_FSTAB = "/dev/vda / ext4 defaults,noatime 0 1\ntmpfs /tmp tmpfs nosuid,nodev,size=100m 0 0\n"
# Releases are built in the machine, too.
_PIP = "[global]\nno-index = true\nfind-links = /srv/wheels\n"
_SSHD = "UseDNS no\nUsePAM no\nPermitRootLogin prohibit-password\nPrintMotd no\n"
# By the first two rpi-lgpio and gpiozero know which Pi it is; the unit has a /proc of its own. And whoever shares this
# computer may keep the machine waiting.
_DROP_IN = """[Service]
Environment=RPI_LGPIO_REVISION=a020d3
BindReadOnlyPaths=/run/lab/cpuinfo:/proc/cpuinfo
TimeoutStartSec=10min
"""


def disk(linux: Kernel) -> Path:
    """The folder with `disk` (ext4), `initrd` and the key `id_ed25519` for this checkout's last commit."""
    debian, wheels, drivers = base(linux)
    commit = run("git", "-c", "safe.directory=*", "-C", _CHECKOUT, "rev-parse", "HEAD").strip()
    sources = (Path(__file__), *sorted(_GUEST.iterdir()), *drivers)
    content = cache.digest(debian.name, wheels.name, linux.version, commit, *sources)

    def build(folder: Path) -> None:
        root = folder / "root"
        run("cp", "--archive", "--reflink=auto", debian / "root", root)
        run("cp", "--archive", "--reflink=auto", wheels, root / "srv" / "wheels")
        _add_kernel(linux, drivers, root)
        _add_files(root, folder)
        _add_pins(root)
        _inside(root, f"systemctl --quiet enable {' '.join(_UNITS)}")
        _inside(root, f"systemctl --quiet mask {' '.join(_MASKED)}")
        _install(commit, root)
        _initrd(linux, folder)
        _format(root, folder / "disk")

    return cache.built("pi-disk", content, build)


def base(linux: Kernel) -> tuple[Path, Path, list[Path]]:
    """What has nothing to do with the agent: Debian, the Python packages, and drivers for the simulated hardware."""
    debian = cache.built("pi-debian", cache.digest(_RELEASE, *_SYSTEM, *_AGENT), _bootstrap)
    return debian, cache.built("pi-wheels", cache.digest(_LOCK, *_PINS), _download), modules(linux)


def _bootstrap(folder: Path) -> None:
    own = mirror()
    security = f"{own.removesuffix('/debian')}/debian-security"
    left_out = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("man", "doc", "locale")]
    sources = (f"deb {own} {_RELEASE} main", f"deb {security} {_RELEASE}-security main")
    packages = f"--include={','.join((*_SYSTEM, *_AGENT))}"
    # What it mounts is its own: should it be killed, nothing stays mounted where the rest is then cleared away.
    apart = ("unshare", "--mount", "setpriv", "--pdeathsig", "KILL")
    run(*apart, "mmdebstrap", "--mode=root", "--variant=apt", packages, *left_out, _RELEASE, folder / "root", *sources)


def _add_kernel(linux: Kernel, built: list[Path], root: Path) -> None:
    """Listed modules alone: what is missing cannot be loaded by udev, which halves the time to boot."""
    place = root / "lib" / "modules" / linux.version
    for file in linux.modules(*_MODULES):
        target = place / file.relative_to(linux.folder / "lib" / "modules" / linux.version)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    (place / "updates").mkdir()
    for file in built:
        shutil.copy(file, place / "updates")
    for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        shutil.copy(linux.folder / "lib" / "modules" / linux.version / name, place)
    run("depmod", "-b", root, linux.version)


def _add_files(root: Path, folder: Path) -> None:
    for file in _GUEST.iterdir():
        if file.suffix == ".service":
            shutil.copy(file, root / "etc" / "systemd" / "system")
        elif file.name != "init":
            shutil.copy(file, root / "usr" / "local" / "sbin")
            (root / "usr" / "local" / "sbin" / file.name).chmod(0o755)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "id_ed25519")
    texts = {
        "etc/hostname": "virtual-pi\n",
        "etc/hosts": "127.0.0.1 localhost virtual-pi\n",
        "etc/machine-id": "0123456789abcdef0123456789abcdef\n",  # an empty one starts a dialogue at the first boot
        "etc/fstab": _FSTAB,
        "etc/systemd/network/10-lab.network": _NETWORK,
        "etc/systemd/journald.conf.d/lab.conf": "[Journal]\nStorage=volatile\nRuntimeMaxUse=24M\n",
        "etc/systemd/system/befresh-agent.service.d/lab.conf": _DROP_IN,
        "etc/ssh/sshd_config.d/lab.conf": _SSHD,
        "etc/pip.conf": _PIP,
        "etc/modprobe.d/lab.conf": _CAMERA,
        "root/.ssh/authorized_keys": (folder / "id_ed25519.pub").read_text(),
    }
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "root" / ".ssh").chmod(0o700)


def _download(wheels: Path) -> None:
    """By this checkout's pip, from wherever this machine has its packages."""
    if sys.version_info[:2] != (3, 11):
        raise CommandFailed("the virtual Pi has Python 3.11, and its packages are fetched with the same version")
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
    options = ("--only-binary", ":all:", "--no-deps", "--dest", str(wheels))
    run(*pip, *options, "--require-hashes", "--requirement", _LOCK)
    run(*pip, *options, *_PINS)


def _add_pins(root: Path) -> None:
    place = "/usr/lib/python3/dist-packages"
    _inside(root, "python3 -m venv /tmp/pip")
    _inside(root, f"/tmp/pip/bin/pip install --quiet --no-deps --target {place} {' '.join(_PINS)}")
    shutil.rmtree(root / "tmp" / "pip")


def _initrd(linux: Kernel, folder: Path) -> None:
    early = Initramfs(folder / "early")
    early.busybox("insmod", "mount", "sh", "sleep", "switch_root")
    early.folder("/disk")
    early.modules(linux.modules(*_EARLY))
    early.text("/init", (_GUEST / "init").read_text(), 0o755)
    early.pack(folder / "initrd")
    shutil.rmtree(folder / "early")


def _install(commit: str, root: Path) -> None:
    """As a person does on a Pi: clone, and run the installer; only that systemd does not run yet."""
    clone = root / "home" / "befresh-agent"
    run("git", "-c", "safe.directory=*", "clone", "--quiet", "--no-hardlinks", _CHECKOUT, clone)
    run("git", "-C", clone, "checkout", "--quiet", "-B", "main", commit)
    _inside(root, "cd /home/befresh-agent && scripts/install.sh --fridge 17")


def _format(root: Path, image: Path) -> None:
    with image.open("wb") as file:
        os.truncate(file.fileno(), _DISK_BYTES)
    run("mke2fs", "-q", "-t", "ext4", "-d", root, "-E", "lazy_itable_init=1,nodiscard", image)
    shutil.rmtree(root)


def _inside(root: Path, command: str) -> None:
    path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"
    environment = ("env", "-i", path, "HOME=/root", "LC_ALL=C.UTF-8")
    done = subprocess.run(
        [*environment, "chroot", str(root), "sh", "-c", command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CommandFailed(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    base(kernel())
