"""Dask clusters of real processes, honest ones and others."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


class Cluster:
    """A scheduler and workers, each a process that `dask` started; all end with the block.

    Attributes:
        address: the scheduler's.
        workers: the processes and their addresses, by name.
    """

    def __init__(self, folder):
        self._folder, self._processes = folder, []
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self._port}"
        self.workers = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self._processes):
            if process.poll() is None:
                process.kill()
            process.wait()

    def start_scheduler(self):
        command = ["scheduler", "--host", "127.0.0.1", "--port", str(self._port)]
        self.scheduler, log = self._start([*command, "--no-dashboard"], "scheduler")
        wait_for(lambda: "Scheduler at:" in log.read_text(), self.scheduler, log)

    def start_worker(self, name, *, does=""):
        """Start a worker that does what `odd_workers` has under a name; wait until it is known."""
        command = ["worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        command += ["--local-directory", str(self._folder), "--host", "127.0.0.1"]
        command += ["--preload", str(HERE / "odd_workers.py")]
        process, log = self._start(command, f"worker-{name}", AE_COURSE_TEST_WORKER=does)
        started = re.compile(r"Start worker at: *(tcp://\S+)")
        joined = "Starting established connection"
        wait_for(lambda: joined in log.read_text(), process, log)
        self.workers[name] = process, started.search(log.read_text())[1]

    def kill_worker(self, name):
        os.kill(self.workers[name][0].pid, signal.SIGKILL)

    def _start(self, arguments, name, **variables):
        log = self._folder / f"{name}-{len(self._processes)}.log"
        paths = os.pathsep.join([str(HERE), str(HERE / "hostile")])
        with log.open("wb") as file:
            process = subprocess.Popen(
                [str(Path(sys.executable).parent / "dask"), *arguments],
                env={**os.environ, "PYTHONPATH": paths, **variables},
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        self._processes.append(process)
        return process, log


def wait_for(happens, process=None, log=None, seconds=300):
    """Wait until something is true, as long as a process lives."""
    deadline = time.monotonic() + seconds
    while not happens():
        assert process is None or process.poll() is None, log and log.read_text()
        assert time.monotonic() < deadline, log and log.read_text()
        time.sleep(0.1)
