"""What a submission may use."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of one submission. Past a limit it loses the points of the question, nothing else.

    Seconds are of processor time, or of sleep where it sleeps. While a process is ready to run and
    the machine is busy, its clock stands still; wall time bounds that, at `patience` times as much.

    Attributes:
        cell_seconds: of one cell.
        call_seconds: of one question put to the finished notebook.
        seconds: of the whole submission.
        patience: how many seconds of wall time each of these seconds may take.
        memory_mb: what all its processes may hold beyond the libraries loaded beforehand.
        processes: processes and threads.
        file_mb: the longest file.
        scratch_mb: all files together.
        files: files and folders together.
        output_kb: printed text that is kept.
        output_mb: printed text at which the submission is ended.
        value_mb: the largest answer.
        open_files: files open at once, in each process.
    """

    cell_seconds: float = 60
    call_seconds: float = 20
    seconds: float = 300
    patience: float = 20
    memory_mb: int = 2048
    processes: int = 256
    file_mb: int = 64
    scratch_mb: int = 256
    files: int = 20_000
    output_kb: int = 64
    output_mb: int = 64
    value_mb: int = 16
    open_files: int = 256
