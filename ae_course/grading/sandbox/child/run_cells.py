"""Run a notebook's cells in this process and answer questions about what they defined.

This runs inside the confined child. A cell that fails leaves the others to run; its error is kept
and given as the answer to questions about a name that it should have defined.
"""

import linecache
import re
import signal
import socket
import sys
import types
from typing import Any

from ae_course.grading.sandbox.child import protocol
from ae_course.grading.sandbox.child.in_process import LocalLearner
from ae_course.grading.sandbox.child.learner import LearnerError

_CELL_MAGIC = re.compile(r"\s*%%(\w*)")
_RUNS_ITS_BODY = {"time", "timeit", "capture", "prun"}
_MAGIC = re.compile(r"^(\s*)((?:[\w.,\s\[\]]+=\s*)?)(?:[%!].*|\?.*|[\w.]+\?{1,2}\s*)$")


class Notebook:
    """The cells' namespace, and what went wrong in which cell."""

    def __init__(self):
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.namespace = vars(module)
        self.namespace["display"] = lambda *values: print(*map(repr, values), sep="\n")
        self.learner = LocalLearner(self.namespace)
        self.failures: list[tuple[int, str, LearnerError]] = []

    def run(self, number: int, source: str) -> None:
        """Run the code cell of this number; the first is 1.

        Raises:
            LearnerError: if it fails; kept, too.
        """
        name = f"<code cell {number}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        try:
            self._execute(source, name)
        except LearnerError as error:
            self.skip(number, source, error)
            raise

    def skip(self, number: int, source: str, error: LearnerError) -> None:
        """Remember why a cell's names are missing."""
        self.failures.append((number, source, error))

    def explain(self, target: str, error: LearnerError) -> LearnerError:
        """Say why a name is missing, if a cell that failed was to define it."""
        name = re.escape(target.partition(".")[0])
        if error.kind != "not_attempted" or target.partition(".")[0] in self.namespace:
            return error
        defines = re.compile(
            rf"^\s*(?:(?:async\s+)?def|class)\s+{name}\b|^[^#\n=(]*\b{name}\b[^\n=(]*=(?!=)"
            rf"|^\s*(?:from\b.*)?import\b[^#\n]*\b{name}\b",
            re.M,
        )
        for number, source, failure in self.failures:
            if defines.search(source):
                message = failure.message
                if failure.kind == "raised":
                    message += f" (code cell {number})"
                return LearnerError(failure.kind, message, failure.line, failure.source)
        if self.failures:
            number, _, failure = self.failures[0]
            return LearnerError(
                error.kind, f"{error.message} Code cell {number} stopped: {failure.message}"
            )
        return error

    def _execute(self, source: str, name: str) -> None:
        try:
            code = _compile(source, name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            text, line = getattr(error, "text", None), getattr(error, "lineno", None)
            message = f"{type(error).__name__}: {getattr(error, 'msg', None) or error}"
            raise LearnerError("raised", message, line, (text or "").strip() or None) from None
        self.learner._run(name, lambda: exec(code, self.namespace))


def _compile(source: str, name: str) -> types.CodeType:
    try:
        return compile(source, name, "exec", dont_inherit=True)
    except SyntaxError as error:
        without = without_magics(source)
        if without == source:
            raise
        try:
            return compile(without, name, "exec", dont_inherit=True)
        except SyntaxError:
            raise error from None


def without_magics(source: str) -> str:
    """Return a cell's source with its magics, shell lines and `name?` replaced by nothing.

    Line numbers stay. `%%time` and its like keep their body, other cell magics lose it.

    Example:
        >>> without_magics("%matplotlib inline\\nfiles = !ls\\nx = 1")
        'pass\\nfiles = None\\nx = 1'
    """
    lines = source.split("\n")
    if cell := _CELL_MAGIC.match(lines[0]):
        if cell[1] not in _RUNS_ITS_BODY:
            return "pass"
        lines[0] = "pass"
    return "\n".join(
        found[1] + (found[2] + "None" if found[2].strip() else "pass")
        if (found := _MAGIC.match(line))
        else line
        for line in lines
    )


def serve(channel: socket.socket, value_bytes: int) -> None:
    """Answer one request after another until the grader closes the channel."""
    notebook, busy = Notebook(), False

    def interrupted(number, frame):
        if busy:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupted)
    while True:
        header, value = protocol.unpack(lambda count: _receive(channel, count), value_bytes)
        answer, result = {"id": header["id"]}, None
        try:
            busy = True
            result = _answer(notebook, header, value)
            answer["mutated"] = list(notebook.learner.mutated)
        except LearnerError as error:
            answer["error"] = _describe(error)
        except KeyboardInterrupt:
            answer["error"] = {"kind": "timeout"}
        finally:
            busy = False
        try:
            buffers = protocol.pack(answer, result, value_bytes)
        except protocol.ProtocolError as error:
            answer["error"] = {"kind": "protocol", "message": f"`{header['target']}` {error}."}
            buffers = protocol.pack(answer)
        channel.sendall(b"".join(buffers))


def _answer(notebook: Notebook, header: dict, value: Any) -> Any:
    try:
        if header["op"] == "cell":
            return notebook.run(header["number"], header["source"])
        if header["op"] == "skip":
            error = LearnerError(header["kind"], header["message"])
            return notebook.skip(header["number"], header["source"], error)
        if header["op"] == "get":
            return notebook.learner.get(header["target"])
        args, kwargs = value
        return notebook.learner.call(header["target"], *args, **kwargs)
    except LearnerError as error:
        if error.message.startswith("MemoryError"):
            error.kind = "memory"
        raise notebook.explain(header.get("target", ""), error) from None


def _describe(error: LearnerError) -> dict[str, Any]:
    return {
        "kind": error.kind,
        "message": error.message[:2000],
        "line": error.line,
        "source": error.source and error.source[:500],
    }


def _receive(channel: socket.socket, count: int) -> bytes:
    data = bytearray(count)
    view, done = memoryview(data), 0
    while done < count:
        more = channel.recv_into(view[done:])
        if not more:
            raise SystemExit
        done += more
    return data
