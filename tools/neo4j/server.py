"""Start and stop a real Neo4j Community server on the loopback interface.

The jars come by Maven into `.neo4j/lib` (137 MB, once). A server lives in a home folder of its own; what it needs to be
found again stands there in `server.json`.
"""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).parents[2]
POM = Path(__file__).with_name("pom.xml")
FOLDER = ROOT / ".neo4j"
LIB = FOLDER / "lib"
LOOPBACK = "127.0.0.1"
OPENS = [
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
]
START_SECONDS = 300
_STARTED: list[subprocess.Popen[bytes]] = []
"""Processes that run on: they are kept, so that Python does not warn of them."""


class ServerError(RuntimeError):
    """The server cannot be had or does not start; the message says why and what to do."""


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Attributes:
        bolt: port of the Bolt protocol, for drivers.
        http: port of the page of Neo4j Browser.
        pid: the process.
        home: its folder.
        password: of the user neo4j; None where the server asks for none.
    """

    bolt: int
    http: int
    pid: int
    home: str
    password: str | None

    @property
    def uri(self) -> str:
        """Address for drivers."""
        return f"bolt://{LOOPBACK}:{self.bolt}"


def missing() -> str | None:
    """Why no server can be had here: what is not installed. None where all is there."""
    lacks = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if not lacks or (lacks == ["mvn"] and _stamped()):
        return None
    return f"no {' and no '.join(lacks)} on the PATH; install Java 17 or newer and Maven"


def _stamp() -> str:
    return hashlib.sha256(POM.read_bytes()).hexdigest()


def _stamped() -> bool:
    stamp = LIB / "stamp"
    return stamp.exists() and stamp.read_text() == _stamp()


def jars() -> Path:
    """The folder of the server's jars; Maven brings them where they are not there yet.

    Raises:
        ServerError: Java or Maven is missing, or Maven cannot bring them.
    """
    if why := missing():
        raise ServerError(f"Neo4j cannot be started: {why}")
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if _stamped():
            return LIB
        shutil.rmtree(LIB, ignore_errors=True)
        command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", "-DincludeScope=runtime"]
        command.append(f"-DoutputDirectory={LIB}")
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=900)
        if done.returncode:
            lines = (done.stdout + done.stderr).strip().splitlines()
            raise ServerError("Maven cannot bring Neo4j:\n" + "\n".join(lines[:12]))
        (LIB / "stamp").write_text(_stamp())
    return LIB


def free_port() -> int:
    """A port of the loopback interface that nothing listens on now."""
    with socket.socket() as one:
        one.bind((LOOPBACK, 0))
        return int(one.getsockname()[1])


def java() -> list[str]:
    """How a program of the server's jars is run."""
    return _java(jars())


def _settings(bolt: int, http: int, password: str | None) -> dict[str, str]:
    return {
        "dbms.security.auth_enabled": "false" if password is None else "true",
        "server.default_listen_address": LOOPBACK,
        "server.bolt.listen_address": f"{LOOPBACK}:{bolt}",
        "server.bolt.advertised_address": f"{LOOPBACK}:{bolt}",
        "server.http.listen_address": f"{LOOPBACK}:{http}",
        "server.http.advertised_address": f"{LOOPBACK}:{http}",
        "server.https.enabled": "false",
        "server.memory.pagecache.size": "256m",
        "dbms.usage_report.enabled": "false",
        "client.allow_telemetry": "false",
        "browser.remote_content_hostname_whitelist": f"{LOOPBACK},localhost",
        # small logs: a server for tests does not live long
        "db.tx_log.rotation.retention_policy": "1 files",
        "db.tx_log.preallocate": "false",
        "db.tx_log.rotation.size": "64M",
    }


def _java(lib: Path, *options: str) -> list[str]:
    return ["java", *options, *OPENS, "-cp", f"{lib}/*"]


def start(
    home: Path,
    *,
    password: str | None = None,
    bolt: int = 0,
    http: int = 0,
    until: int | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Server:
    """Start a server and wait until it answers.

    Args:
        home: its folder; data that is there is kept.
        password: of the user neo4j, for a new folder; without one anybody on this machine may connect.
        bolt: port; 0 takes a free one.
        http: port; 0 takes a free one.
        until: a process; when it has ended, the server is killed and its folder removed.
        settings: further lines of its `neo4j.conf`.

    Raises:
        ServerError: it does not start; the message ends with what it wrote.
    """
    lib = jars()
    home = home.resolve()
    conf, fresh = home / "conf", not (home / "data").exists()
    conf.mkdir(parents=True, exist_ok=True)
    (home / "logs").mkdir(exist_ok=True)
    bolt, http = bolt or free_port(), http or free_port()
    text = "".join(f"{key}={value}\n" for key, value in {**_settings(bolt, http, password), **settings}.items())
    (conf / "neo4j.conf").write_text(text, encoding="utf-8")
    if password is not None and fresh:
        _set_password(lib, home, password)
    log = home / "logs" / "console.log"
    # it must outlive whoever starts it
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                *_java(lib, "-Xms256m", "-Xmx1g", "-XX:+UseG1GC", "-XX:TieredStopAtLevel=4"),
                "org.neo4j.server.CommunityEntryPoint",
                f"--home-dir={home}",
                f"--config-dir={conf}",
                "--console-mode",
            ],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _STARTED.append(process)
    if until is not None:
        watcher = [sys.executable, "-m", "tools.neo4j", "watch", str(process.pid), str(until), str(home)]
        _STARTED.append(subprocess.Popen(watcher, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True))
    made = Server(bolt, http, process.pid, str(home), password)
    end = time.monotonic() + START_SECONDS
    while not _answers(bolt):
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            process.wait()
            raise ServerError(f"Neo4j did not start; the end of {log}:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.1)
    (home / "server.json").write_text(json.dumps(asdict(made)), encoding="utf-8")
    return made


def _set_password(lib: Path, home: Path, password: str) -> None:
    done = subprocess.run(
        [*_java(lib), "org.neo4j.server.startup.Neo4jAdminCommand", "dbms", "set-initial-password", password],
        env={**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")},
        check=False,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
    )
    if done.returncode:
        raise ServerError(f"the password of Neo4j cannot be set: {done.stdout}{done.stderr}")


def _answers(port: int) -> bool:
    """Whether Bolt answers: the handshake, and not only an open port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as one:
            one.sendall(bytes.fromhex("6060b01700000504000000040000000300000000"))
            one.settimeout(5)
            return len(one.recv(4)) == 4
    except OSError:
        return False


def running(home: Path) -> Server | None:
    """The server of a folder, where it runs."""
    told = home / "server.json"
    if not told.exists():
        return None
    one = Server(**json.loads(told.read_text(encoding="utf-8")))
    return one if alive(one.pid) and _answers(one.bolt) else None


def alive(pid: int) -> bool:
    """Whether a process runs (one that has ended and waits for its parent does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
    else:
        return state != "Z"
    try:  # no /proc on this system
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def stop(server: Server, *, seconds: float = 40) -> None:
    """Stop a server and wait until its process has ended; it is killed where it does not end in time."""
    if alive(server.pid):
        os.kill(server.pid, signal.SIGTERM)
    end = time.monotonic() + seconds
    while alive(server.pid) and time.monotonic() < end:
        _reap(server.pid)
        time.sleep(0.1)
    if alive(server.pid):
        os.kill(server.pid, signal.SIGKILL)
    Path(server.home, "server.json").unlink(missing_ok=True)


def _reap(pid: int) -> None:
    """Take note of the end of a process of our own."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def watch(pid: int, until: int, home: Path) -> None:
    """Wait for the end of the process `until`; then kill the server of a folder and remove the folder.

    Its data is thrown away, so that it need not be stopped in order. A server that was started there again is killed,
    too.
    """
    while alive(until):
        time.sleep(0.3)
    again = running(home)
    for one in {pid, again.pid if again else pid}:
        if alive(one):
            os.kill(one, signal.SIGKILL)
        while alive(one):
            time.sleep(0.1)
    shutil.rmtree(home, ignore_errors=True)
