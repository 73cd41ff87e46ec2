"""Workers of a run in parts: processes that do its steps beside each other.

They are started afresh (not forked: polars has threads) when there are two steps to do at least,
each told the run once. What they do lies in the run's folder, and their words are few: so a step
whose worker was killed is done again by another, alone, since memory may have been short; and a
step that failed is done again by this process, where the fault shows as it does without workers.
"""

import os
import subprocess
import sys
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from threading import Lock

import polars as pl

from payrules.errors import PayrulesError
from payrules.runs.in_parts.order import PartsInOrder
from payrules.runs.in_parts.told import NoWorkersError, told
from payrules.runs.in_parts.worker import DONE, FAILED, LENGTH, READY
from payrules.runs.part_sizes import bytes_a_worker

#: How often a step is given to another worker after one was killed over it.
_AGAIN = 2
#: What became of a step whose worker is no more.
_KILLED = "killed"
_NAME = "payrules.runs.in_parts.worker"


class Workers:
    """The workers of a run, as a context: none outlives it."""

    def __init__(self, run: PartsInOrder, most: int) -> None:
        """Start none yet."""
        self._run, self._most = run, most if most > 1 else 0
        self._threads = max(pl.thread_pool_size() // most, 1)
        self._told: bytes | None = None
        self._idle: deque[_Worker] = deque()
        self._started: list[_Worker] = []
        self._starting, self._closed = Lock(), False
        self._asking = ThreadPoolExecutor(most)

    @property
    def says(self) -> list[str]:
        """Say how many there are, where there are any, and what memory each takes."""
        gigabytes = bytes_a_worker(self._run.lines_a_part) / 1e9
        return [f"{self._most} workers, up to {gigabytes:.1f} GB each"] if self._most else []

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        with self._starting:
            self._closed = True
        for each in self._started:
            each.kill()
        self._asking.shutdown()
        for each in self._started:
            each.close()

    def each(self, stage: str, numbers: Sequence[int]) -> Iterator[int]:
        """Do steps of a stage beside each other; give the number of each when it is done."""
        waiting = deque(numbers)
        running: dict[Future[str], int] = {}
        again: list[tuple[int, str]] = []
        while waiting or running or again:
            while waiting and not again and len(running) < self._at_once(len(numbers)):
                number = waiting.popleft()
                running[self._asking.submit(self._ask, stage, number)] = number
            if running:
                for asked in wait(running, return_when=FIRST_COMPLETED).done:
                    number, became = running.pop(asked), asked.result()
                    if became == DONE:
                        yield number
                        continue
                    again.append((number, became))
                    if became == _KILLED and self._most > 1:
                        self._most -= 1
            elif again:
                number, became = again.pop()
                self._do_again(stage, number, became)
                yield number
            else:
                yield from self._run.one_by_one(stage, [*waiting])
                waiting.clear()

    def _at_once(self, steps: int) -> int:
        """Give how many workers are at work; 0 where this process does it all."""
        if steps > 1 and self._most and self._told is None:
            try:
                self._told = told(self._run)
            except NoWorkersError as fault:
                self._go_alone(fault)
        return self._most if steps > 1 else 0

    def _go_alone(self, fault: NoWorkersError) -> None:
        if self._most:
            warnings.warn(f"One process does it all, no workers: {fault}.", stacklevel=2)
        self._most = 0

    def _do_again(self, stage: str, number: int, became: str) -> None:
        """Do a step again, now that no other is being done."""
        for _ in range(_AGAIN):
            if became == _KILLED:
                became = self._ask(stage, number)
        if became == _KILLED:
            raise PayrulesError(
                f"Worker processes were killed {_AGAIN + 1} times over the same step ({stage}"
                f" {number + 1}), perhaps for want of memory. Run it again with fewer --workers."
            )
        if became == FAILED:
            self._run.do(stage, number)

    def _ask(self, stage: str, number: int) -> str:
        """Have a worker do a step, and wait for it: on a thread."""
        try:
            worker = self._idle.pop()
        except IndexError:
            try:
                worker = self._start()
            except NoWorkersError as fault:
                self._go_alone(fault)
                return FAILED
        became = worker.asked(f"{stage} {number}\n".encode())
        if became != _KILLED:
            self._idle.append(worker)
        return became

    def _start(self) -> "_Worker":
        with self._starting:
            if self._closed:
                raise NoWorkersError("the run is ended")
            worker = _Worker(self._threads)
            self._started.append(worker)
        assert self._told is not None
        answer = worker.asked(len(self._told).to_bytes(LENGTH, "little") + self._told)
        if answer != READY:
            raise NoWorkersError(f"a worker does not start ({answer})")
        return worker


class _Worker:
    """A worker as its asker sees it."""

    def __init__(self, threads: int) -> None:
        """Start it. It stands outside the terminal's group: an interruption is its asker's."""
        if not sys.executable or getattr(sys, "frozen", False):
            raise NoWorkersError("this program was not started by Python")
        path = os.pathsep.join(each or str(Path.cwd()) for each in sys.path)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", _NAME],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path, "POLARS_MAX_THREADS": str(threads)},
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as fault:
            raise NoWorkersError(f"a worker does not start ({fault.strerror})") from fault

    def asked(self, said: bytes) -> str:
        """Say something and wait for the answer; `killed` where it is no more."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(said)
            self._process.stdin.flush()
            return self._process.stdout.readline().decode().strip() or _KILLED
        except (OSError, ValueError):  # its pipe is broken, or closed
            return _KILLED

    def kill(self) -> None:
        """End it, whatever it does: whoever waits for its answer learns of that."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Close its pipes, now that nobody waits."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what it was being told
                    pipe.close()
