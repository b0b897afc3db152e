"""How fast a file goes to OpenSSH's server on this machine: `python -m bench.sftp`.

Three clients in turn, each in a process of its own, several rounds, the median counts:
OpenSSH's sftp with AES-GCM (the peer), ours, and `paramiko.SFTPClient.put` as it is usually
written. Prints a table; ratios are throughput relative to the peer. Needs sshd and sftp.
"""

import argparse
import getpass
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
CLIENTS = {
    "openssh": "OpenSSH sftp, aes128-gcm",
    "ours": "SftpChannel",
    "paramiko": "paramiko put",
}


def ours(folder: Path, port: int, source: Path) -> tuple[float, int]:
    import paramiko  # noqa: F401  (so that its import is not counted as memory of the upload)

    from campaigns.adapters.delivery.sftp import SftpChannel
    from campaigns.adapters.delivery.sources import FileSource
    from campaigns.domain.delivery import SftpDestination

    to = SftpDestination(
        host="127.0.0.1",
        port=port,
        username=getpass.getuser(),
        private_key=(folder / "user").read_text(),
        host_key=(folder / "host.pub").read_text(),
        directory=str(folder / "files"),
    )
    file = FileSource.of(source)
    before, began = peak(), time.perf_counter()
    with SftpChannel(
        to,
        connect=lambda h, p: socket.create_connection((h, p)),
        resolve=lambda h, p: [h],
        now=lambda: datetime.now(UTC),
    ) as channel:
        channel.deliver(file, "ours.csv")
    return time.perf_counter() - began, peak() - before


def paramiko(folder: Path, port: int, source: Path) -> tuple[float, int]:
    import paramiko

    before, began = peak(), time.perf_counter()
    transport = paramiko.Transport(("127.0.0.1", port))
    key = paramiko.Ed25519Key.from_private_key_file(str(folder / "user"))
    transport.connect(username=getpass.getuser(), pkey=key)
    sftp = paramiko.SFTPClient.from_transport(transport)
    assert sftp is not None
    sftp.put(str(source), str(folder / "files" / "paramiko.csv"))
    transport.close()
    return time.perf_counter() - began, peak() - before


def openssh(folder: Path, port: int, source: Path) -> tuple[float, int]:
    options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-q"]
    command = ["sftp", "-F", "none", "-c", "aes128-gcm@openssh.com", "-i", str(folder / "user")]
    command += [*options, "-P", str(port), "-b", "-", f"{getpass.getuser()}@127.0.0.1"]
    put = f"put {source} {folder / 'files' / 'openssh.csv'}\n"
    began = time.perf_counter()
    subprocess.run(command, input=put.encode(), check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - began
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def peak() -> int:
    """The most memory this process ever had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@contextmanager
def server(folder: Path) -> Iterator[int]:
    """OpenSSH's sshd for this user, with throw-away keys."""
    sshd = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if sshd is None or shutil.which("sftp") is None:
        sys.exit("OpenSSH's sshd and sftp have to be installed")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    for name in ("host", "user"):
        keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(keygen, check=True)
    (folder / "files").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    lines = [
        f"ListenAddress 127.0.0.1:{port}",
        f"HostKey {folder}/host",
        f"AuthorizedKeysFile {folder}/user.pub",
        "ForceCommand internal-sftp",
        "Subsystem sftp internal-sftp",
        "PermitRootLogin yes",
        "StrictModes no",
        "UsePAM no",
        "PidFile none",
    ]
    (folder / "config").write_text("\n".join(lines) + "\n")
    command = [sshd, "-D", "-e", "-f", str(folder / "config")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        any(b"Server listening" in line for line in iter(process.stderr.readline, b""))
        try:
            yield port
        finally:
            process.terminate()
            process.wait()


def measure(client: str, folder: Path, port: int, source: Path) -> tuple[float, int]:
    command = [sys.executable, "-m", "bench.sftp", "--client", client]
    command += ["--folder", str(folder), "--port", str(port), "--source", str(source)]
    paths = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "layers/shared")])
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": paths}, check=True, stdout=subprocess.PIPE
    )
    uploaded = folder / "files" / f"{client}.csv"
    if uploaded.stat().st_size != source.stat().st_size:
        sys.exit(f"{client} uploaded something else")
    uploaded.unlink()
    seconds, kilobytes = json.loads(done.stdout)
    return seconds, kilobytes


def table(megabytes: int, rounds: int) -> Iterator[str]:
    results: dict[str, list[tuple[float, int]]] = {client: [] for client in CLIENTS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "source.csv"
        with source.open("wb") as file:
            for _ in range(megabytes):
                file.write(os.urandom(1_000_000))
        with server(folder) as port:
            for _ in range(rounds):
                for client, measured in results.items():
                    measured.append(measure(client, folder, port, source))
    yield f"{megabytes} MB, median of {rounds} rounds\n"
    yield "| client | seconds | MB/s | ratio to the peer | memory over import, MB |"
    yield "|---|---|---|---|---|"
    seconds = {client: statistics.median(s for s, _ in m) for client, m in results.items()}
    for client, label in CLIENTS.items():
        memory = max(kilobytes for _, kilobytes in results[client]) / 1024
        took = seconds[client]
        ratio = seconds["openssh"] / took
        yield f"| {label} | {took:.2f} | {megabytes / took:.0f} | {ratio:.2f} | {memory:.0f} |"
    gain = seconds["paramiko"] / seconds["ours"]
    yield f"\nours is {gain:.1f} times as fast as paramiko put"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.sftp", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--client", choices=CLIENTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.client is None:
        for line in table(asked.megabytes, asked.rounds):
            print(line)
        return
    client = {"ours": ours, "paramiko": paramiko, "openssh": openssh}[asked.client]
    print(json.dumps(client(asked.folder, asked.port, asked.source)))


if __name__ == "__main__":
    main()
