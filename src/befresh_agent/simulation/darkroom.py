"""Pictures from anybody, decoded in a process of its own that may take little and lives briefly.

In: the bytes of a picture. Out: the same as a plain gray picture (PGM), which nothing can go wrong with.
"""

import resource
import sys
import tempfile
from pathlib import Path

from befresh_agent.errors import InvalidValue
from befresh_agent.own_program import answer
from befresh_agent.picture_file import read_picture

_LONGEST_SIDE = 1536
_PATIENCE_S = 20.0
_CPU_S = 10
_MEMORY = 1 << 30


async def develop(picture: bytes) -> bytes:
    """The picture as PGM. Raises `InvalidValue` for anything that is none."""
    command = (sys.executable, "-P", "-m", __spec__.name if __spec__ else __name__)
    try:
        code, said = await answer(*command, given=picture, limit_s=_PATIENCE_S)
    except TimeoutError as error:
        raise InvalidValue("this picture takes too long to decode") from error
    if code != 0 or not said.startswith(b"P5"):
        raise InvalidValue(said.decode(errors="replace").strip()[:200] or "not a picture that can be decoded")
    return said


def main() -> None:
    """A picture on standard input, a gray one or the reason why there is none on standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    with tempfile.NamedTemporaryFile() as file:
        file.write(sys.stdin.buffer.read())
        file.flush()
        try:
            gray = read_picture(Path(file.name), _LONGEST_SIDE)
        except InvalidValue as error:
            sys.stdout.write(str(error))
            sys.exit(1)
    sys.stdout.buffer.write(pgm(gray.width, gray.height, gray.tobytes()))


def pgm(width: int, height: int, gray: bytes) -> bytes:
    """A gray picture as the plainest file there is."""
    return f"P5 {width} {height} 255\n".encode() + gray


if __name__ == "__main__":
    main()
