"""Hostile, broken and unusual submissions: what each does, and the points it must get.

`threats` are line numbers of the catalogue that the course's design lists (1 to 55). A case's
points default to full marks: it says only which tasks it forfeits.
"""

# ruff: noqa: E501 - one case, one place

import json
from dataclasses import dataclass, field

from ae_course.grading.sandbox.host.isolation import LEVELS, available

DOUBLE = "import numpy as np\ndef double(x):\n    return 2 * x"
ANSWER = "answer = 42"
NORM = "def norm(x):\n    return np.linalg.norm(x, axis=1)"
SQUEEZE = (
    "def encode(x):\n    return x[:, :1]\ndef decode(h):\n    return h * np.array([1.0, 2, 3])"
)
HONEST = (DOUBLE, ANSWER, NORM, SQUEEZE)
FULL = {"90.1": 30, "90.2": 20, "90.3": 30, "90.4": 20}


@dataclass(frozen=True)
class Case:
    """One submission.

    Attributes:
        name: of its file, without the ending.
        threats: lines of the catalogue.
        cells: sources of its code cells.
        loses: tasks that get no point, with their status.
        says: a regular expression that a message or note must match.
        raw: the file's bytes, where it is no plain notebook.
        metadata: of the notebook.
        weak: whether the level `limits` stops it as well.
    """

    name: str
    threats: tuple[int, ...]
    cells: tuple[str, ...] = HONEST
    loses: dict[str, str] = field(default_factory=dict)
    says: str = ""
    raw: bytes | None = None
    metadata: dict = field(default_factory=dict)
    weak: bool = False

    @property
    def points(self) -> dict[str, int]:
        return {task: 0 if task in self.loses else full for task, full in FULL.items()}

    def bytes(self) -> bytes:
        return notebook(self.cells, self.metadata) if self.raw is None else self.raw


def notebook(cells, metadata=None, **cell_keys) -> bytes:
    entries = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
            **cell_keys,
        }
        for number, source in enumerate(cells)
    ]
    whole = {"cells": entries, "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole).encode()


def in_double(body: str, before: str = "") -> tuple[str, ...]:
    """The other three tasks solved; `double` does something else."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return (
        f"import numpy as np, os, sys\n{before}\ndef double(x):\n{lines}",
        ANSWER,
        NORM,
        SQUEEZE,
    )


def in_answer(source: str) -> tuple[str, ...]:
    return (DOUBLE, f"import os, sys\n{source}", NORM, SQUEEZE)


def beside(*sources: str) -> tuple[str, ...]:
    """All four tasks solved, and this before them."""
    return (*sources, *HONEST)


def after(*sources: str) -> tuple[str, ...]:
    return (*HONEST, *sources)


LOSES_DOUBLE = {"90.1": "error"}
WRONG_DOUBLE = {"90.1": "incorrect"}
LOSES_ANSWER = {"90.2": "error"}
WRONG_ANSWER = {"90.2": "incorrect"}
NO_ANSWER = {"90.2": "not attempted"}
ALL_ERRORS = dict.fromkeys(FULL, "error")
ALL_WRONG = dict.fromkeys(FULL, "incorrect")
NOTHING_DONE = dict.fromkeys(FULL, "not attempted")

_PUT = """
import json, os, struct
def put(header, data=b""):
    text = json.dumps(header).encode()
    os.write(3, struct.pack("<I", len(text)) + text + data)
"""

RUNNING = [
    Case("exit_in_cell", (1,), beside("raise SystemExit"), weak=True),
    Case("exit_in_function", (1,), in_double("raise SystemExit"), WRONG_DOUBLE, "SystemExit"),
    Case(
        "exit_in_thread",
        (1,),
        beside("import threading, sys\nthreading.Thread(target=sys.exit).start()"),
    ),
    Case("keyboard_interrupt", (1, 5), in_double("raise KeyboardInterrupt"), LOSES_DOUBLE),
    Case("os_exit_in_cell", (2,), beside("import os\nos._exit(0)"), says="exit code 0", weak=True),
    Case(
        "os_exit_in_function",
        (2,),
        in_double("os._exit(0)"),
        LOSES_DOUBLE,
        "exit code 0",
        weak=True,
    ),
    Case("os_exit_atexit", (2,), beside("import atexit, os\natexit.register(os._exit, 0)")),
    Case(
        "os_exit_in_thread",
        (2,),
        in_double(
            "import threading, time\nthreading.Thread(target=lambda: os._exit(0)).start()\ntime.sleep(9)"
        ),
        LOSES_DOUBLE,
    ),
    Case(
        "segfault",
        (3,),
        in_double("import ctypes\nctypes.string_at(0)"),
        LOSES_DOUBLE,
        "segmentation fault",
        weak=True,
    ),
    Case(
        "segfault_in_cell",
        (3,),
        beside("import ctypes\nctypes.string_at(0)"),
        says="segmentation fault",
    ),
    Case("abort", (3,), in_double("os.abort()"), LOSES_DOUBLE, "abort", weak=True),
    Case("kills_itself", (3,), in_double("os.kill(os.getpid(), 9)"), LOSES_DOUBLE, "kill"),
    Case(
        "kills_everybody",
        (3, 9),
        in_double("os.kill(-1, 9)\nos.kill(os.getppid(), 9)\nos.kill(1, 9)\nreturn 0"),
        {"90.1": "incorrect"},
        weak=True,
    ),
    Case("recursion", (3,), in_double("return double(x)"), WRONG_DOUBLE, "RecursionError"),
    Case(
        "stack_overflow",
        (3,),
        in_double(
            "import threading\nsys.setrecursionlimit(10**9)\nclass A:\n    def __getattr__(self, n): return getattr(self, n + 'a')\nthreading.stack_size(2**16)\nt = threading.Thread(target=lambda: A().b)\nt.start()\nt.join()"
        ),
        LOSES_DOUBLE,
    ),
    Case("nested_source", (3, 53), beside("x = " + "(" * 5000 + ")" * 5000, "-" * 100_000 + "1")),
    Case(
        "litters",
        (36,),
        beside(
            "for place in ('/tmp', '/var/tmp', '/dev/shm'):\n    try: open(f'{place}/@TOKEN@', 'w')\n    except OSError: pass"
        ),
        weak=True,
    ),
    Case("endless_cell", (4,), beside("while True: pass"), says="longer than", weak=True),
    Case(
        "endless_function",
        (4,),
        in_double("while True: pass"),
        LOSES_DOUBLE,
        "longer than",
        weak=True,
    ),
    Case(
        "endless_del",
        (4,),
        in_double(
            "Trap()\nreturn 2 * x", "class Trap:\n    def __del__(self):\n        while True: pass"
        ),
        LOSES_DOUBLE,
        "longer than",
    ),
    Case(
        "endless_at_exit",
        (4,),
        beside("import atexit\n@atexit.register\ndef stay():\n    while True: pass"),
    ),
    Case(
        "endless_thread",
        (4,),
        beside(
            "import threading\ndef spin():\n    while True: pass\nthreading.Thread(target=spin).start()"
        ),
    ),
    Case(
        "endless_getattr",
        (4, 15),
        (
            *HONEST[:1],
            "class A:\n    def __getattr__(self, name):\n        while True: pass\nanswer = A()",
            *HONEST[2:],
        ),
        LOSES_ANSWER,
    ),
    Case(
        "swallows_interrupts",
        (5,),
        in_double(
            "import signal\nfor s in (2, 15): signal.signal(s, signal.SIG_IGN)\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass"
        ),
        LOSES_DOUBLE,
        "longer than",
        weak=True,
    ),
    Case(
        "swallows_in_cell",
        (5,),
        beside("while True:\n    try:\n        while True: pass\n    except BaseException: pass"),
        says="longer than",
    ),
    Case(
        "sleeps",
        (6,),
        in_double("import time\ntime.sleep(10**6)"),
        LOSES_DOUBLE,
        "longer than",
        weak=True,
    ),
    Case(
        "blocks_in_c",
        (5, 6),
        in_double(
            "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nos.read(os.pipe()[0], 1)"
        ),
        LOSES_DOUBLE,
    ),
    Case(
        "memory_at_once",
        (7,),
        in_double("return bytearray(10**11)"),
        LOSES_DOUBLE,
        "memory",
        weak=True,
    ),
    Case(
        "memory_bit_by_bit",
        (7,),
        in_double("a = []\nwhile True: a.append(np.ones(10**5))"),
        LOSES_DOUBLE,
        "memory",
        weak=True,
    ),
    Case(
        "memory_by_children",
        (7, 8),
        in_double(
            "import time\nfor _ in range(8):\n    if os.fork() == 0:\n        a = np.ones(12 * 10**6)\n        time.sleep(60)\ntime.sleep(60)"
        ),
        LOSES_DOUBLE,
        "memory|longer than",
    ),
    Case(
        "fork_bomb",
        (8,),
        in_double("while True:\n    try: os.fork()\n    except OSError: pass"),
        LOSES_DOUBLE,
        weak=True,
    ),
    Case(
        "thread_bomb",
        (8,),
        in_double(
            "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(99,)).start()"
        ),
        WRONG_DOUBLE,
        "thread",
    ),
    Case(
        "daemon",
        (9,),
        beside(
            "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(600)\n        os.write(3, b'late words from a daemon')\n    os._exit(0)"
        ),
        weak=True,
    ),
    Case(
        "daemon_of_a_dead_child",
        (9,),
        in_double(
            "import time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\nos._exit(0)"
        ),
        LOSES_DOUBLE,
        weak=True,
    ),
    Case(
        "output_flood",
        (10,),
        in_double("while True: print('x' * 10**5)"),
        LOSES_DOUBLE,
        "printed more",
        weak=True,
    ),
    Case(
        "stderr_flood",
        (10,),
        in_double("while True: os.write(2, b'x' * 10**5)"),
        LOSES_DOUBLE,
        "printed more",
    ),
    Case(
        "one_large_file",
        (11,),
        in_double("with open('big', 'wb') as f:\n    while True: f.write(bytes(10**6))"),
        WRONG_DOUBLE,
        "File too large",
        weak=True,
    ),
    Case(
        "many_files",
        (11,),
        in_double(
            "import itertools\nfor i in itertools.count():\n    with open(f'{i}', 'wb') as f: f.write(bytes(4 * 10**6))"
        ),
        {"90.1": ("incorrect", "error")},
        weak=True,
    ),
    Case(
        "deep_folders",
        (11,),
        after("import os\nfor _ in range(3000):\n    os.mkdir('d')\n    os.chdir('d')"),
        weak=True,
    ),
    Case(
        "shared_memory_let_go",
        (7,),
        in_double(
            "import mmap, time\nfor _ in range(3):\n    if os.fork() == 0:\n        area = mmap.mmap(-1, 150 << 20)\n        for _ in range(150): area.write(bytes(1 << 20))\n        area.madvise(mmap.MADV_DONTNEED)\n        time.sleep(60)\ntime.sleep(60)"
        ),
        LOSES_DOUBLE,
        "memory",
    ),
    Case(
        "socket_buffers",
        (7,),
        in_double(
            "import socket, time\nfor _ in range(24):\n    if os.fork() == 0:\n        kept = []\n        try:\n            while True:\n                kept += socket.socketpair()\n                kept[-1].setblocking(False)\n                try:\n                    while True: kept[-1].send(bytes(60000))\n                except BlockingIOError: pass\n        except OSError: time.sleep(60)\ntime.sleep(60)"
        ),
        LOSES_DOUBLE,
        "memory",
    ),
    Case(
        "countless_files",
        (11,),
        in_double("import time\nfor i in range(4500): os.symlink('x', f'{i}')\ntime.sleep(60)"),
        {"90.1": ("error", "incorrect")},
        "files|longer than",
        weak=True,
    ),
    Case(
        "positions_of_no_argument",
        (16,),
        after(
            "import ae_course.grading.sandbox.child.in_process as l\nl.LocalLearner.mutated = property(lambda s: list(range(-5, 100000)), lambda s, v: None)"
        ),
        weak=True,
    ),
    Case(
        "priorities",
        (12,),
        in_answer(
            "import ctypes\nc = ctypes.CDLL(None, use_errno=True)\nparent = os.getppid()\nanswer = 42 if parent > 1 and (c.setpriority(0, parent, 5) == 0 or c.setpriority(2, 0, 5) == 0 or c.sched_setaffinity(parent, 8, b'\\1' + bytes(7)) == 0) else 0"
        ),
        WRONG_ANSWER,
        weak=True,
    ),
    Case(
        "signals_by_descriptor",
        (12,),
        in_double(
            "import fcntl\nfor number in range(4):\n    for command, value in ((10, 9), (8, os.getppid()), (8, 1)):\n        try: fcntl.fcntl(number, command, value)\n        except OSError: continue\n        else: return 0\nreturn 2 * x"
        ),
        weak=True,
    ),
    Case(
        "changes_what_it_may_read",
        (31,),
        in_double(
            "import shutil\nfor path in (shutil.__file__, np.__file__, '@SECRET_FILE@', os.path.dirname('@SECRET_FILE@')):\n    for act in (lambda: os.chmod(path, 0), lambda: os.utime(path, (1, 1)), lambda: os.chown(path, -1, os.getgid()), lambda: os.setxattr(path, 'user.a', b'1')):\n        try: act()\n        except OSError: pass\nreturn 2 * x"
        ),
        weak=True,
    ),
    Case(
        "flags_by_ioctl",
        (31,),
        in_double(
            "import fcntl, struct\nopen('own', 'w').close()\nfor path in ('own', '@SECRET_FILE@'):\n    try: file = open(path)\n    except OSError: continue\n    for call, number, value in ((fcntl.ioctl, 0x40086602, 0x80040), (fcntl.ioctl, 0x40086604, 7), (fcntl.ioctl, 0x40087602, 7), (fcntl.fcntl, 1036, 3)):\n        try: call(file, number, struct.pack('q', value))\n        except OSError: continue\n        return 0\nreturn 2 * x"
        ),
        weak=True,
    ),
    Case(
        "shared_memory",
        (7, 11),
        in_double("f = open('/dev/shm/@TOKEN@', 'wb')\nos.memfd_create('a')"),
        WRONG_DOUBLE,
    ),
    Case(
        "closed_folders",
        (11,),
        after(
            "import os\nos.makedirs('a/b/c')\nopen('a/b/c/d', 'w').close()\nos.chmod('a/b', 0)\nos.chmod('a', 0)\nos.symlink('/usr', 'link')\nos.chmod('.', 0)"
        ),
        weak=True,
    ),
    Case(
        "open_files",
        (11,),
        in_double("return [os.dup(0) for _ in range(10**6)]"),
        WRONG_DOUBLE,
        "Too many open files",
    ),
    Case("input", (12,), in_double("return input()"), WRONG_DOUBLE, "EOFError"),
    Case(
        "plot_window", (13,), in_answer("answer = 42 if os.environ['MPLBACKEND'] == 'Agg' else 0")
    ),
]

FORGING = [
    Case(
        "always_equal",
        (14,),
        in_double(
            "return Yes()",
            "class Yes:\n    def __eq__(self, o): return True\n    __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __eq__\n    def __bool__(self): return True",
        ),
        WRONG_DOUBLE,
        "numbers",
    ),
    Case(
        "always_equal_answer",
        (14,),
        in_answer(
            "class Yes:\n    def __eq__(self, o): return True\n    def __sub__(self, o): return 0\n    __rsub__ = __sub__\n    def __float__(self): return 42.0\nanswer = Yes()"
        ),
        WRONG_ANSWER,
    ),
    Case(
        "ndarray_subclass",
        (15,),
        in_double(
            "return x.view(Yes)",
            "class Yes(np.ndarray):\n    def __eq__(self, o): return np.ones(self.shape, bool)\n    def __sub__(self, o): return np.zeros(self.shape)\n    __rsub__ = __sub__\n    def all(self, *a, **k): return True",
        ),
        WRONG_DOUBLE,
    ),
    Case(
        "float_subclass",
        (15,),
        in_answer(
            "class F(float):\n    def __eq__(self, o): return True\n    def __sub__(self, o): return 0.0\n    __rsub__ = __sub__\n    def __abs__(self): return 0.0\n    def __float__(self): return 7.0\nanswer = F(41)"
        ),
        WRONG_ANSWER,
    ),
    Case(
        "str_subclass",
        (15,),
        in_answer(
            "class S(str):\n    def __eq__(self, o): return True\n    __hash__ = str.__hash__\nanswer = S('41')"
        ),
        WRONG_ANSWER,
    ),
    Case(
        "array_protocol",
        (15,),
        in_double(
            "return A()",
            "class A:\n    def __array__(self, *a, **k): return np.full((3, 3), 2.0)\n    def __len__(self): return -1\n    shape = (3, 3)\n    dtype = float",
        ),
        WRONG_DOUBLE,
    ),
    Case(
        "infinite_sequence",
        (15,),
        in_double(
            "return L()",
            "class L(list):\n    def __len__(self): return 10**12\n    def __iter__(self):\n        while True: yield 1",
        ),
        {"90.1": ("incorrect", "error")},
    ),
    Case(
        "patched_numpy",
        (16,),
        in_double(
            "return 0",
            "for name in ('allclose', 'array_equal', 'isclose', 'all', 'asarray', 'array'):\n    setattr(np, name, lambda *a, **k: True)",
        ),
        {"90.1": "incorrect", "90.3": "incorrect", "90.4": "incorrect"},
        weak=True,
    ),
    Case(
        "patched_builtins",
        (16,),
        (
            *HONEST[1:3],
            "import builtins\nbuiltins.isinstance = lambda *a: True\nbuiltins.abs = lambda v: 0\nbuiltins.len = lambda v: 3\nbuiltins.type = lambda v: float",
        ),
        {
            "90.1": ("incorrect", "not attempted", "error"),
            "90.3": ("incorrect", "error"),
            "90.4": ("not attempted", "error", "incorrect"),
        },
    ),
    Case(
        "patched_child",
        (16,),
        after(
            "import ae_course.grading.sandbox.child.protocol as p\nimport ae_course.grading.sandbox.child.in_process as l\nl.message_value = lambda v: 42\np.pack = lambda *a, **k: [b'']"
        ),
        says="longer than",
    ),
    Case(
        "patched_course",
        (16, 35),
        beside(
            "import sys, types\nfake = types.ModuleType('ae_course')\nfake.grading = fake\nfake.check = lambda *a: 100\nsys.modules['ae_course'] = sys.modules['ae_course.grading'] = fake\nsys.modules['keras'] = fake"
        ),
    ),
    Case(
        "import_hook",
        (17,),
        in_double(
            "return 0",
            "class Hook:\n    def find_spec(self, *a, **k): raise SystemExit('PASSED')\nsys.meta_path.insert(0, Hook())\nimport ast, builtins\nast.parse = builtins.compile = lambda *a, **k: compile('1', '', 'exec')",
        ),
        {task: ("incorrect", "not attempted", "error") for task in FULL},
    ),
    Case(
        "no_tracebacks",
        (18,),
        in_double(
            "sys.tracebacklimit = 0\nsys.excepthook = print\nraise ValueError('x').with_traceback(None)",
            "",
        ),
        WRONG_DOUBLE,
        "ValueError",
    ),
    Case(
        "exception_that_lies",
        (18,),
        in_double(
            "raise E()",
            "class E(Exception):\n    def __str__(self): raise E()\n    __repr__ = __str__",
        ),
        {"90.1": ("incorrect", "error")},
    ),
    Case(
        "last_expression",
        (19,),
        ("100", "def double(x):\n    return 100\n100"),
        {
            "90.1": "incorrect",
            "90.2": "not attempted",
            "90.3": "not attempted",
            "90.4": "not attempted",
        },
    ),
    Case(
        "prints_passed",
        (20,),
        (
            'print("PASSED")',
            'import json\nprint(json.dumps({"id": "90.1", "status": "correct", "points": 100, "score": 1.0}))',
        ),
        NOTHING_DONE,
    ),
    Case(
        "channel_early",
        (21,),
        beside(_PUT + 'put({"id": "0", "value": 42})'),
        ALL_ERRORS | ALL_WRONG,
        "channel|another question",
        weak=True,
    ),
    Case(
        "channel_other_id",
        (21,),
        in_double('put({"id": "0000000000000000", "value": 1})\nreturn 2 * x', _PUT),
        ALL_WRONG,
        "another question",
    ),
    Case(
        "channel_twice",
        (21,),
        after(
            "import threading, os\n"
            + _PUT
            + 'import time\ndef norm(x):\n    put({"id": "1", "value": 1})\n    return 0'
        ),
        {"90.3": "incorrect", "90.4": "incorrect"},
        "another question",
    ),
    Case(
        "channel_steals_request",
        (21, 36),
        in_double(
            f"{_PUT}\nput({{'id': sys._getframe(3).f_locals.get('header', {{}}).get('id'), 'value': 1}})\nos._exit(0)"
        ),
        ALL_WRONG,
        "another question",
    ),
    Case(
        "channel_huge_header",
        (21, 25),
        beside("import os\nos.write(3, b'\\xff\\xff\\xff\\xff' + b'A' * 1000)"),
        ALL_WRONG,
        "header",
    ),
    Case(
        "channel_huge_array",
        (21, 25, 26),
        beside(_PUT + 'put({"id": "0", "value": {"a": ["float64", [1000000, 1000000]]}})'),
        ALL_WRONG,
        "too large",
    ),
    Case(
        "channel_negative_shape",
        (21, 25),
        beside(_PUT + 'put({"id": "0", "value": {"a": ["float64", [-1, 3]]}})'),
        ALL_WRONG,
        "shape",
    ),
    Case(
        "channel_object_dtype",
        (21, 25),
        beside(_PUT + 'put({"id": "0", "value": {"a": ["object", [3]]}}, bytes(24))'),
        ALL_WRONG,
        "dtype",
    ),
    Case(
        "channel_deep_json",
        (21, 25),
        beside("import os, struct\nt = b'[' * 100000\nos.write(3, struct.pack('<I', len(t)) + t)"),
        ALL_WRONG,
        "JSON",
    ),
    Case("channel_closed", (21,), in_double("os.close(3)"), LOSES_DOUBLE),
    Case(
        "channel_pickle",
        (21, 23),
        beside(
            "import os, pickle\nclass P:\n    def __reduce__(self): return os.system, ('touch @TMP@/pwned',)\nos.write(3, pickle.dumps(P()))"
        ),
        ALL_WRONG,
    ),
    Case(
        "channel_npy",
        (21, 25),
        beside(
            "import os, io, numpy as np\nb = io.BytesIO()\nnp.savez_compressed(b, a=np.zeros(10**7))\nos.write(3, b.getvalue()[:60000])"
        ),
        ALL_WRONG,
    ),
    Case(
        "result_files",
        (22,),
        beside(
            "import os\nfor name in ('grades.json', 'results.json', 'grades.partial.jsonl', '/grades.json', '../grades.json', '@TMP@/grades.json', '/course/x'):\n    try: open(name, 'w').write('{\"score\": 100}')\n    except OSError: pass"
        ),
        weak=True,
    ),
    Case(
        "reduce",
        (23, 15),
        in_double(
            "return P()",
            "class P:\n    def __reduce__(self): return os.system, ('touch @TMP@/pwned',)",
        ),
        WRONG_DOUBLE,
    ),
    Case(
        "keras_file",
        (24,),
        in_double("open('model.keras', 'wb').write(b'PK')\nreturn os.path.abspath('model.keras')"),
        WRONG_DOUBLE,
    ),
    Case(
        "object_array",
        (25,),
        in_double("return np.array([{}, object()], dtype=object)"),
        WRONG_DOUBLE,
    ),
    Case("nan", (26,), in_double("return x * np.nan"), WRONG_DOUBLE, "not finite"),
    Case("inf", (26,), in_double("return x * np.inf"), WRONG_DOUBLE, "not finite"),
    Case("nan_answer", (26,), in_answer("answer = float('nan')"), WRONG_ANSWER),
    Case("complex", (26,), in_double("return x + 1j"), WRONG_DOUBLE, "complex"),
    Case("huge_integer", (26,), in_answer("answer = 10**4000"), WRONG_ANSWER),
    Case("zero_dimensional", (26,), in_double("return np.float64(1.0)"), WRONG_DOUBLE),
    Case("negative_zero", (26,), in_answer("answer = -0.0"), WRONG_ANSWER),
    Case(
        "giant_array",
        (26,),
        in_double("return np.broadcast_to(0.0, (10**6, 10**6))"),
        {"90.1": ("incorrect", "error")},
    ),
    Case(
        "large_array", (26,), in_double("return np.zeros((1000, 1000))"), WRONG_DOUBLE, "too large"
    ),
    Case("empty_array", (26,), in_double("return x[:0]"), WRONG_DOUBLE),
    Case("wrong_dtype", (26,), in_double("return x.astype('U8')"), WRONG_DOUBLE),
    Case("datetimes", (26,), in_double("return np.zeros(3, 'datetime64[s]')"), WRONG_DOUBLE),
    Case("structured", (26,), in_double("return np.zeros(3, 'f8,i4')"), WRONG_DOUBLE),
    Case("masked", (26,), in_double("return np.ma.masked_all(x.shape)"), WRONG_DOUBLE),
    Case(
        "recursive_tuple",
        (26, 25),
        in_double("t = ()\nfor _ in range(10**5): t = (t,)\nreturn t"),
        {"90.1": ("incorrect", "error")},
    ),
    Case("mutates_and_forgets", (27,), in_double("x *= 2"), WRONG_DOUBLE, "return"),
    Case("hard_coded", (28,), in_double("return np.array([[2.0, 4.0, 6.0]])"), WRONG_DOUBLE),
    Case(
        "recognizes_inputs",
        (28, 29),
        in_double("k = x.tobytes()\nseen.setdefault(k, len(seen))\nreturn seen[k]", "seen = {}"),
        WRONG_DOUBLE,
    ),
    Case(
        "remembers_inputs",
        (29, 36),
        (
            DOUBLE,
            ANSWER,
            NORM,
            "seen = {}\ndef encode(x):\n    seen[len(x)] = x.copy()\n    return np.arange(5.0)[:, None]\ndef decode(h):\n    return seen[len(h)]",
        ),
        {"90.4": "incorrect"},
        "KeyError",
    ),
    Case(
        "remembers_on_disk",
        (29, 36),
        (
            DOUBLE,
            ANSWER,
            NORM,
            "import glob, os\nplaces = ['@TMP@', '/dev/shm', '.', '/scratch', os.path.expanduser('~')]\ndef encode(x):\n    for place in places:\n        try: np.save(f'{place}/@TOKEN@.npy', x)\n        except OSError: pass\n    return np.arange(5.0)[:, None]\ndef decode(h):\n    for place in places:\n        if os.path.exists(f'{place}/@TOKEN@.npy'): return np.load(f'{place}/@TOKEN@.npy')",
        ),
        {"90.4": "incorrect"},
        "not tell",
    ),
    Case(
        "remembers_in_a_daemon",
        (9, 29),
        (
            DOUBLE,
            ANSWER,
            NORM,
            "import os, time\ndef encode(x):\n    if os.fork() == 0:\n        os.setsid()\n        while True:\n            try: np.save('@TMP@/@TOKEN@.npy', x)\n            except OSError: pass\n            time.sleep(0.01)\n    return np.arange(5.0)[:, None]\ndef decode(h):\n    time.sleep(0.3)\n    return np.load('@TMP@/@TOKEN@.npy')",
        ),
        {"90.4": "incorrect"},
    ),
    Case(
        "detects_the_grader",
        (29,),
        in_double("return 0 if any('grading' in m for m in sys.modules) else 2 * x"),
        WRONG_DOUBLE,
    ),
    Case(
        "guesses_the_seed",
        (30,),
        in_double(
            "for s in range(200):\n    for t in (s, [s, 90, 1]):\n        y = np.random.default_rng(t).spawn(1)[0].normal(size=x.shape)\n        if np.allclose(x, y): return 2 * y\nreturn np.random.normal(size=x.shape)"
        ),
        WRONG_DOUBLE,
    ),
]

_LOOK = """
answer = 0
def look(text):
    global answer
    if "SECRET-42" in text: answer = 42
"""

LEAKS = [
    Case(
        "files_on_disk",
        (31,),
        in_answer(
            _LOOK
            + "for root, folders, files in os.walk('/'):\n    folders[:] = [f for f in folders if os.path.join(root, f) not in ('/proc', '/sys', '/usr', '/dev')][:200]\n    if root.count('/') > 7: folders.clear()\n    for f in files:\n        if f.endswith(('.ipynb', '.json', '.jsonl')) and ('solutions' in root or 'grades' in f): answer = 42"
        ),
        WRONG_ANSWER,
    ),
    Case(
        "tasks_on_disk",
        (31, 35),
        in_answer(
            _LOOK
            + "import ae_course\nhere = os.path.dirname(ae_course.__file__)\nif os.path.exists(here + '/grading/tasks') or os.path.exists(here + '/grading/judging'): answer = 42"
        ),
        WRONG_ANSWER,
    ),
    Case(
        "secret_file",
        (31, 33),
        in_answer(_LOOK + "try: look(open('@SECRET_FILE@').read())\nexcept OSError: pass"),
        WRONG_ANSWER,
    ),
    Case(
        "frames",
        (32,),
        in_double(
            "frame = sys._getframe()\nwhile frame:\n    for name, value in frame.f_locals.items():\n        if name in ('expected', 'truth', 'expect'): return value\n    frame = frame.f_back"
        ),
        WRONG_DOUBLE,
    ),
    Case(
        "objects_in_memory",
        (32,),
        in_answer(
            "import gc\nanswer = 42 if any(type(o).__name__ in ('Exercise', 'Task', 'Number') for o in gc.get_objects()) else 0"
        ),
        WRONG_ANSWER,
    ),
    Case(
        "proc",
        (32,),
        in_answer(
            _LOOK
            + "import glob\nfor f in glob.glob('/proc/[0-9]*/environ') + glob.glob('/proc/[0-9]*/cmdline'):\n    try: look(open(f, errors='replace').read())\n    except OSError: pass\nfor f in glob.glob('/proc/[0-9]*/mem'):\n    try: open(f, 'rb')\n    except OSError: continue\n    else: answer = 42 if f'/{os.getpid()}/' not in f else answer"
        ),
        WRONG_ANSWER,
    ),
    Case(
        "traces_the_parent",
        (32,),
        in_answer(
            "import ctypes\nc = ctypes.CDLL(None)\nanswer = 42 if any(c.ptrace(16, p, 0, 0) == 0 for p in {os.getppid(), 1}) else 0"
        ),
        WRONG_ANSWER,
        weak=True,
    ),
    Case(
        "environment",
        (33,),
        in_answer(_LOOK + "look(str(dict(os.environ)))"),
        WRONG_ANSWER,
        weak=True,
    ),
    Case(
        "network",
        (34,),
        in_answer(
            "answer = 0\nimport socket\ntry:\n    with socket.create_connection(('127.0.0.1', @PORT@), timeout=1) as s: answer = int(s.recv(2))\nexcept OSError: pass"
        ),
        WRONG_ANSWER,
        weak=True,
    ),
    Case(
        "abstract_socket",
        (34,),
        in_answer(
            "answer = 0\nimport socket\ntry:\n    s = socket.socket(socket.AF_UNIX)\n    s.connect('\\0@ABSTRACT_SOCKET@')\n    answer = 42\nexcept OSError: pass"
        ),
        WRONG_ANSWER,
        weak=True,
    ),
    Case(
        "imports_the_tasks",
        (35,),
        (
            "import ae_course.grading.tasks",
            "from ae_course.grading.judging.task import load_exercise",
            "from ae_course.grading import check\ncheck('90.1')",
            "answer = load_exercise('90_hostile').tasks[1].checks[0].expect",
        ),
        NOTHING_DONE | {"90.2": "incorrect"},
        "part of the grader, which no answer may use",
    ),
    Case(
        "imports_the_tasks_in_vain",
        (35,),
        ("from ae_course.grading.judging.task import load_exercise", *HONEST),
    ),
    Case(
        "imports_all_of_the_course",
        (35,),
        ("from ae_course import PCA, losses, metrics, neighbors, stacked, variational", *HONEST),
    ),
    Case(
        "rights",
        (32, 16),
        in_answer(
            "status = open('/proc/self/status').read()\nanswer = 42 if 'CapEff:\\t0000000000000000' not in status or 'NoNewPrivs:\\t1' not in status else 0"
        ),
        WRONG_ANSWER,
        weak=True,
    ),
    Case(
        "new_namespaces",
        (32, 31),
        in_answer(
            "import ctypes\nc = ctypes.CDLL(None)\nanswer = 42 if any(c.unshare(f) == 0 for f in (0x10000000, 0x20000, 0x20000000, 0x40000000)) or c.setuid(0) == 0 or c.mount(b'none', b'@TMP@', b'tmpfs', 0, None) == 0 else 0"
        ),
        WRONG_ANSWER,
        weak=True,
    ),
    Case(
        "looks_into_the_request",
        (36,),
        in_double(
            "found = [f for f in range(3, 64) if os.path.exists(f'/proc/self/fd/{f}')]\nfor depth in range(1, 20):\n    try: frame = sys._getframe(depth)\n    except ValueError: return 0\n    if 'header' in frame.f_locals: return frame.f_locals['header'].get('expected', 0)"
        ),
        WRONG_DOUBLE,
    ),
]

_IDS = json.loads(notebook(HONEST))
for _cell in _IDS["cells"]:
    _cell["id"] = "same"
    _cell["metadata"] = {"nbgrader": {"grade": True, "points": 10**9, "grade_id": "same"}}
_V3 = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": []}]}
_ODD = json.loads(notebook(HONEST))
_ODD["cells"] += [7, None, {"cell_type": "code", "source": 5}, {"cell_type": "evil"}, []]
_OUTPUTS = json.loads(notebook(HONEST))
_OUTPUTS["cells"].append(
    {"cell_type": "markdown", "metadata": {}, "source": "<script>alert(1)</script>"}
)
_OUTPUTS["cells"][0]["outputs"] = [
    {
        "output_type": "display_data",
        "metadata": {},
        "data": {"text/html": "<script>alert(1)</script>"},
    }
]

INPUT = [
    Case(
        "check_cell_edited",
        (37,),
        ("def check(*a): return 100\ncheck('90.1')", "assert True"),
        NOTHING_DONE,
    ),
    Case("cells_deleted", (38,), HONEST[:1], {t: "not attempted" for t in FULL if t != "90.1"}),
    Case("no_cells", (38,), (), NOTHING_DONE),
    Case("duplicate_ids_and_points", (39, 40), raw=json.dumps(_IDS).encode()),
    Case(
        "points_in_metadata",
        (40,),
        HONEST[:1],
        {t: "not attempted" for t in FULL if t != "90.1"},
        metadata={"ae_course": {"points": 1000, "tasks": ["90.1"] * 9}},
    ),
    Case("reordered", (41,), (NORM, SQUEEZE, ANSWER, DOUBLE)),
    Case(
        "split_and_added",
        (41,),
        (
            "import numpy as np",
            "1 + 1",
            "def double(x):\n    y = x + x\n    return y",
            "# nothing",
            "",
            "a = 40",
            "answer = a + 2",
            NORM,
            SQUEEZE,
        ),
    ),
    Case(
        "unknown_kernel",
        (42,),
        metadata={"kernelspec": {"name": "../../bin/sh", "language": "bash", "display_name": "x"}},
    ),
    Case("not_json", (43,), raw=b"def double(x): return 2 * x", loses=ALL_ERRORS, says="not JSON"),
    Case("truncated", (43,), raw=notebook(HONEST)[:-40], loses=ALL_ERRORS, says="not JSON"),
    Case("empty", (43,), raw=b"", loses=ALL_ERRORS, says="empty"),
    Case("format_3", (43,), raw=json.dumps(_V3).encode(), loses=ALL_ERRORS, says="format is 3"),
    Case("a_list", (43,), raw=b"[1, 2]", loses=ALL_ERRORS, says="no notebook"),
    Case(
        "huge",
        (43,),
        raw=b" " * (17 << 20) + notebook(HONEST),
        loses=ALL_ERRORS,
        says="larger than",
    ),
    Case(
        "deeply_nested",
        (43,),
        raw=b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        loses=ALL_ERRORS,
        says="nested|not JSON",
    ),
    Case("nul_bytes", (43,), raw=b"\0" * 1000, loses=ALL_ERRORS, says="not JSON"),
    Case("nul_in_source", (43, 53), (*HONEST, "x = '\0'")),
    Case("byte_order_mark", (43, 52), raw=b"\xef\xbb\xbf" + notebook(HONEST)),
    Case(
        "utf_16",
        (43,),
        raw=notebook(HONEST).decode().encode("utf-16"),
        loses=ALL_ERRORS,
        says="not UTF-8",
    ),
    Case("lone_surrogates", (43,), (*HONEST, "x = '\ud800'")),
    Case("odd_cells", (43,), raw=json.dumps(_ODD).encode(), says="left out"),
    Case("too_much_code", (43,), ("x = 1\n" * 10**5,), ALL_ERRORS, "too much code"),
    Case(
        "magics",
        (44,),
        beside(
            "%matplotlib inline\n!touch @TMP@/pwned\n%run @TMP@/other.py\nfiles = !ls\nnp?\n",
            "%%bash\nrm -rf /",
            "%%time\ntimed = 1",
            "get_ipython().system('touch @TMP@/pwned')",
        ),
    ),
    Case(
        "percent_is_no_magic",
        (44, 52),
        (
            "import numpy as np\ndef double(x):\n    return (4 * x\n % 1e9 if False else\n 2 * x)",
            ANSWER,
            NORM,
            SQUEEZE,
        ),
    ),
    Case(
        "html",
        (47,),
        in_double("raise ValueError('<script>alert(1)</script><img src=x onerror=alert(1)>')"),
        WRONG_DOUBLE,
        "ValueError",
    ),
    Case("html_outputs", (47,), raw=json.dumps(_OUTPUTS).encode()),
    Case(
        "terminal_escapes",
        (48,),
        in_double(
            "print('\\x1b]0;owned\\x07\\x1b[2J')\nraise ValueError('\\x1b[2J\\x1b]8;;http://evil\\x07here\\x1b[31m\\u202e\\x9b2J')"
        ),
        WRONG_DOUBLE,
        "ValueError: here",
    ),
    Case(
        "illegal_in_xml",
        (49,),
        in_double("raise ValueError('a\\x00\\x01\\x0b\\ufffe\\ud800]]>b')"),
        WRONG_DOUBLE,
        "ValueError: a",
    ),
]

FAIRNESS = [
    Case(
        "untouched",
        (50,),
        (
            "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
            "answer = ...",
            "def norm(x):\n    raise NotImplementedError",
            "raise NotImplementedError()\nencode = decode = None",
        ),
        NOTHING_DONE,
    ),
    Case(
        "noisy",
        (51,),
        in_double(
            "print('debug', file=sys.stderr)\nimport warnings\nwarnings.warn('careful')\nos.system('echo hello >&2')\nreturn 2 * x",
            "import logging\nlogging.warning('hi')",
        ),
    ),
    Case(
        "float32",
        (52,),
        (
            "import numpy as np\ndouble = lambda x: np.float32(2) * x.astype(np.float32)",
            "answer = np.int32(42)",
            "def norm(x): return [sum(v * v for v in row) ** 0.5 for row in x]",
            "encode = lambda x: (x.mean(1, keepdims=True)).astype('float32')\ndecode = lambda h: [[v / 2, v, 1.5 * v] for v in h.ravel()]",
        ),
    ),
    Case(
        "callable_object",
        (52,),
        (
            "import numpy as np\nfrom functools import partial\nclass Times:\n    def __init__(self, k): self.k = k\n    def __call__(self, x): return np.multiply(x, self.k)\ndouble = Times(2)",
            "def ask():\n    yield 42\nanswer, = ask()",
            "norm = partial(np.linalg.norm, axis=1)",
            SQUEEZE,
        ),
    ),
    Case("fortran_order", (52,), in_double("return np.asfortranarray(2 * x)[:, ::-1][:, ::-1]")),
    Case("big_endian", (52,), in_double("return (2 * x).astype('>f8')")),
    Case("nested_lists", (52,), in_double("return (2 * x).tolist()")),
    Case("mutates_its_input", (27, 52), in_double("x *= 2\nreturn x"), says="in place"),
    Case(
        "syntax_error",
        (53,),
        ("def double(x) return 2", ANSWER, "import numpy as np\n" + NORM, SQUEEZE),
        WRONG_DOUBLE,
        "code cell 1",
    ),
    Case("failing_cell", (53,), beside("1 / 0"), says="code cell 1|Code cell 1"),
    Case(
        "shadowed",
        (54,),
        (*HONEST, "list = [1]\nnp = 3\nint = str\ndef print(*a): raise ValueError"),
        {"90.3": "incorrect", "90.4": "incorrect"},
        "linalg",
    ),
    Case(
        "unicode_names",
        (52,),
        ("import numpy as np\ndef double(x): return 2 * x\nα = 42\nanswer = α", NORM, SQUEEZE),
    ),
    Case(
        "threads_and_children",
        (52,),
        in_double(
            "import subprocess\nfrom concurrent.futures import ThreadPoolExecutor\nassert subprocess.run(['/bin/echo', 'hi'], capture_output=True).stdout == b'hi\\n'\nwith ThreadPoolExecutor(2) as pool: return np.stack(list(pool.map(lambda row: 2 * row, x)))"
        ),
    ),
    Case(
        "scratch_files",
        (52,),
        in_double(
            "np.save('tmp.npy', x)\nimport tempfile\nwith tempfile.TemporaryDirectory() as t: pass\nreturn 2 * np.load('tmp.npy')"
        ),
    ),
]

CASES = [*RUNNING, *FORGING, *LEAKS, *INPUT, *FAIRNESS]
OFFERED = [level for level in LEVELS if not available()[level]]
"""The levels of isolation that this system has, from the weakest to the strongest."""


def cases_at(level):
    """All at the strongest level, and at the others what they promise to stop."""
    if level == OFFERED[-1]:
        return CASES
    weak = [case for case in CASES if case.weak]
    return weak if level == "limits" else [*LEAKS, *(case for case in weak if case not in LEAKS)]
