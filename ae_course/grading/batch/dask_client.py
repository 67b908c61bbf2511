"""The process between a batch and a Dask cluster: here nothing that comes from there is unpickled.

A worker runs beside what learners wrote, and a Dask client unpickles what a worker sends. So the
client runs here, in a process that can no longer unpickle anything that names a class or a
function, and passes on bytes of JSON only. The batch, which decides, never loads Dask.

One JSON a line comes in: `{"batch": ...}` once, then `{"submission": ...}` and
`{"dismiss": address}`; at the end of the input the cluster is let go. One goes out for each result
(`id`, `worker`, `entry`), for a worker that gets no work (`worker`, `problem`), for a submission
whose workers were lost (`id`, `lost`), and, last of all, `fatal`.
"""

import asyncio
import concurrent.futures
import contextlib
import functools
import json
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, TextIO

from ae_course.grading.batch import dask_worker

from distributed import Client, wait
from distributed.protocol.serialize import families, register_serialization_family

TRIES = 3
"""A submission that lost so many workers is given up."""

_POLL_SECONDS, _CLOSE_SECONDS = 0.5, 10
_LONGEST_ANSWER = 8 << 20


class Refused(Exception):
    """Something came from the cluster that is not bytes of JSON, or nothing came for too long."""


class Gone(Exception):
    """The worker or the scheduler went away over a question."""


def refuse_pickles() -> list[str]:
    """From now on no pickle in this process can name a class or a function.

    Python asks before an unpickler looks up a name, and nothing can take the answer back. What
    Dask would unpickle becomes a sentence.

    Returns:
        The names that were asked for, as they are refused.
    """
    refused: list[str] = []

    def hook(event: str, arguments: Sequence[Any]) -> None:
        if event == "pickle.find_class":
            refused.append(".".join(map(str, arguments)))
            raise TypeError(f"A pickle asked for {refused[-1]}.")  # which Dask itself expects

    for name, (dumps, _, _) in list(families.items()):
        if name != "msgpack":
            register_serialization_family(name, dumps, _not_read)
    sys.addaudithook(hook)
    return refused


def _not_read(header, frames) -> str:
    return "This came pickled and was not read."


class ClusterClient:
    """Deals submissions to the workers that may grade, a worker's threads at a time.

    Args:
        address: the scheduler's.
        patience: seconds to wait for a scheduler, and for a worker that may grade.
        say: takes what goes to the batch.
    """

    def __init__(self, address: str, patience: float, say):
        self._address, self._patience, self._say = address, patience, say
        self._batch: dict[str, Any] = {}
        self._begun = asyncio.Event()
        self._queue: asyncio.Queue = asyncio.Queue()
        self._lost: Counter = Counter()
        self._dismissed: dict[str, str] = {}
        self._workers: dict[str, asyncio.Task] = {}
        self._able: set[str] = set()
        self._over = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    def hear(self, line: dict[str, Any]) -> None:
        """Take what comes from the batch; an empty line is its end."""
        if "batch" in line:
            self._batch = line["batch"]
            self._begun.set()
        elif "submission" in line:
            self._queue.put_nowait(line["submission"])
        elif "dismiss" in line:
            self._dismiss(line["dismiss"], "")
        else:
            self._over.set()
            self._begun.set()

    async def run(self) -> None:
        """Work until the batch is over.

        Raises:
            Refused: if there is no scheduler, or no worker that may grade, for too long.
        """
        await self._begun.wait()  # no worker is asked about a batch that nobody has described yet
        seen = time.monotonic()
        while not self._over.is_set():
            try:
                async with asyncio.timeout(self._patience):
                    client = await Client(
                        self._address,
                        asynchronous=True,
                        set_as_default=False,
                        serializers=["msgpack"],
                        deserializers=["msgpack", *families],  # workers take the first that does
                        timeout=self._patience,
                    )
            except (ImportError, OSError, TimeoutError, ValueError) as error:
                self._too_long(seen, f"does not answer ({_first_line(error)})")
                await asyncio.sleep(_POLL_SECONDS)
                continue
            try:
                await self._deal(client)
            except (OSError, TimeoutError):
                pass  # the scheduler went away; perhaps it comes back
            finally:
                self._leave(list(self._workers))
                with contextlib.suppress(Exception):
                    async with asyncio.timeout(_CLOSE_SECONDS):
                        await client.close(timeout=1)
            seen = time.monotonic()

    async def _deal(self, client: Client) -> None:
        """Have every worker examined, and serve those that may grade.

        Raises:
            OSError: if the scheduler went away.
        """
        useful = time.monotonic()
        while not self._over.is_set():
            if client.status != "running":
                raise OSError("the connection was lost")
            async with asyncio.timeout(self._patience):
                threads = await client.nthreads()
            self._leave([a for a in self._workers if a not in threads or self._is_done(a)])
            for address in threads.keys() - self._workers.keys() - self._dismissed.keys():
                serving = self._serve(client, address, threads[address])
                self._workers[address] = asyncio.create_task(serving)
            if any(not task.done() for task in self._workers.values()):
                useful = time.monotonic()
            elif not threads:
                self._too_long(useful, f"has no workers; `dask worker {self._address}` starts one")
            else:
                self._too_long(useful, "has no worker that may grade")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), _POLL_SECONDS)
        closing = [self._ask(client, address, dask_worker.close) for address in self._able]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await asyncio.gather(*closing, return_exceptions=True)

    async def _serve(self, client: Client, address: str, threads: int) -> None:
        """Examine a worker and give it work, as much at once as it has threads."""
        try:
            answer = await self._ask(client, address, dask_worker.examine)
        except Refused as error:
            answer = {"problem": str(error)}
        except Gone:
            return
        if answer.get("problem") != "":
            self._dismiss(address, str(answer.get("problem")))
            return
        self._able.add(address)
        with contextlib.suppress(Gone):
            await asyncio.gather(*(self._lane(client, address) for _ in range(threads)))

    async def _lane(self, client: Client, address: str) -> None:
        while address not in self._dismissed:
            one = await self._queue.get()
            if address in self._dismissed:  # meanwhile
                self._queue.put_nowait(one)
                return
            try:
                answer = await self._ask(client, address, dask_worker.grade, submission=one)
            except (asyncio.CancelledError, Gone):
                self._again(one, address, client)
                raise
            except Refused as error:
                answer = {"problem": str(error)}
            if "entry" in answer:
                self._say({"id": one["id"], "worker": address, "entry": answer["entry"]})
            else:
                self._queue.put_nowait(one)
                self._dismiss(address, str(answer.get("problem")))

    def _again(self, one: dict[str, Any], address: str, client: Client) -> None:
        """Put back a submission whose worker is gone, unless it lost too many."""
        if client.status == "running":
            self._lost[one["id"]] += 1
        if self._lost[one["id"]] < TRIES:
            self._queue.put_nowait(one)
        else:
            self._say({"id": one["id"], "lost": TRIES, "worker": address})

    async def _ask(self, client: Client, address: str, function, **more: Any) -> dict[str, Any]:
        """Call a function on one worker and return its answer.

        Raises:
            Refused: if what comes back is no JSON object in bytes.
        """
        future = client.submit(
            function,
            json.dumps({**self._batch, **more}).encode(),
            workers=[address],
            allow_other_workers=False,
            retries=0,
            pure=False,
        )
        try:
            with client.as_current():
                waiting = wait(future)
            with contextlib.suppress(concurrent.futures.CancelledError):
                await waiting
            if future.status == "cancelled":
                raise Gone
            if future.status != "finished":
                raise Refused(
                    "It could not run the course's function. Is ae-course installed there, and "
                    "numpy, keras and tensorflow? Its own log says what went wrong."
                )
            async with self._one_at_a_time:  # or one bad answer would spoil those beside it
                data = await client.gather(future)
        except (OSError, concurrent.futures.CancelledError):
            raise Gone from None
        except TypeError as error:
            raise Refused(f"Its answer could not be read: {error}") from None
        else:
            return read(data)
        finally:
            future.release()

    def _dismiss(self, address: str, problem: str) -> None:
        if address not in self._dismissed:
            self._dismissed[address] = problem
            self._able.discard(address)
            if problem:  # of which the batch does not know yet
                self._say({"worker": address, "problem": problem})

    def _is_done(self, address: str) -> bool:
        """Whether a worker has no lane any more and may be examined again."""
        return self._workers[address].done() and address not in self._dismissed

    def _leave(self, addresses: Sequence[str]) -> None:
        for address in addresses:
            self._able.discard(address)
            self._workers.pop(address).cancel()

    def _too_long(self, since: float, what: str) -> None:
        if time.monotonic() - since < self._patience:
            return
        raise Refused(f"The scheduler {self._address} {what}, for {self._patience:g} seconds.")


def read(data: Any) -> dict[str, Any]:
    """Return the JSON object that a worker's bytes are.

    Raises:
        Refused: if they are anything else.
    """
    if not isinstance(data, bytes):
        what = data if isinstance(data, str) and len(data) < 100 else f"A {type(data).__name__}."
        raise Refused(f"It answered with something else than bytes of JSON. {what}")
    if len(data) > _LONGEST_ANSWER:
        raise Refused(f"Its answer is {len(data) >> 20} MB long; {_LONGEST_ANSWER >> 20} may be.")
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise Refused("It answered with bytes that are no JSON object.")
    return answer


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).partition("\n")[0]


def _write(out: TextIO, line: dict[str, Any]) -> None:
    out.write(json.dumps(line) + "\n")
    out.flush()


async def _main(address: str, patience: float, say, refused: list[str]) -> None:
    client = ClusterClient(address, patience, say)
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=1 << 30)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)

    async def listen() -> None:
        while line := await lines.readline():
            client.hear(json.loads(line))
        client.hear({})

    listening = asyncio.create_task(listen())
    try:
        await client.run()
    except Refused as error:
        say({"fatal": str(error)})
    listening.cancel()


def main() -> None:
    """Run with a scheduler's address and a number of seconds as arguments."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no line of ours
    logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
    refused = refuse_pickles()
    asyncio.run(_main(sys.argv[1], float(sys.argv[2]), functools.partial(_write, out), refused))


if __name__ == "__main__":
    main()
