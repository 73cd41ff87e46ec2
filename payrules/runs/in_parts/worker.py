"""A worker of a run in parts: a process that is told the run, does steps of it, and says so.

It is told on standard input, first the run (`payrules.runs.in_parts.told`), then a line for each
step, and answers each with a word on standard output. When its input ends, so does it, whatever it
does: whoever asked is done, or is no more.
"""

import os
import sys
from queue import SimpleQueue
from threading import Thread
from typing import TextIO

from payrules.runs.in_parts.order import PartsInOrder
from payrules.runs.in_parts.told import understood

#: What is answered: to the run, and to a step.
READY, DONE, FAILED = "ready", "done", "failed"
#: The bytes that say how many the run is told in.
LENGTH = 8


def main() -> None:
    """Do what is asked until nobody asks."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a rule prints is no answer
    length = int.from_bytes(sys.stdin.buffer.read(LENGTH), "little")
    told = sys.stdin.buffer.read(length)
    asked = SimpleQueue[str]()
    Thread(target=_listen, args=(asked,), daemon=True).start()
    try:
        run: PartsInOrder = understood(told)
    except Exception as fault:
        _answer(answers, f"{type(fault).__name__}: {fault}")
        return
    del told
    _answer(answers, READY)
    while True:
        stage, number = asked.get().split()
        try:
            run.do(stage, int(number))
        except BaseException:
            _answer(answers, FAILED)
        else:
            _answer(answers, DONE)


def _listen(asked: "SimpleQueue[str]") -> None:
    for line in sys.stdin.buffer:
        asked.put(line.decode())
    os._exit(0)


def _answer(answers: TextIO, word: str) -> None:
    answers.write(" ".join(word.split()) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
