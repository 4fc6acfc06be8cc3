"""Pieces of work in threads: kernels release the GIL."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def in_threads(work: Callable[[int], object], n: int, threads: int) -> None:
    """Call ``work(0)`` to ``work(n - 1)``, each in the thread that is free next."""
    if threads <= 1 or n <= 1:
        for i in range(n):
            work(i)
        return
    from threading import Thread

    todo = iter(range(n))
    failed: list[BaseException] = []

    def go() -> None:
        try:
            for i in todo:
                work(i)
        except BaseException as error:
            failed.append(error)

    helpers = [Thread(target=go) for _ in range(min(threads, n) - 1)]
    for helper in helpers:
        helper.start()
    go()  # the calling thread works too
    for helper in helpers:
        helper.join()
    if failed:
        raise failed[0]
