"""What the rehearsal has for `systemctl`: passes the words on to the stand-in for systemd.

python systemctl.py ROOT WORDS...
"""

import shlex
import socket
import sys

with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(f"{sys.argv[1]}/run/systemd.sock")
    connection.sendall(shlex.join(sys.argv[2:]).encode())
    answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
if answer[:1] == "0":
    print(answer[1:], end="")
else:
    sys.exit(answer[1:].strip() or "failed")
