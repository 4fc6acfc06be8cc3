"""Work ahead of whoever takes the results."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeVar

    Item = TypeVar("Item")


def ahead(items: Iterable[Item], depth: int = 4) -> Iterator[Item]:
    """The same items, made by another thread, up to `depth` of them before they are asked for."""
    from queue import Queue
    from threading import Event, Thread

    made: Queue[tuple[bool, Item | BaseException | None]] = Queue(depth)
    stopped = Event()

    def make() -> None:
        try:
            for item in items:
                made.put((True, item))
                if stopped.is_set():
                    return
            made.put((False, None))
        except BaseException as error:  # belongs to whoever takes the items
            made.put((False, error))

    maker = Thread(target=make, daemon=True)
    maker.start()
    try:
        while True:
            is_item, item = made.get()
            if is_item:
                yield item  # type: ignore[misc]
            elif item is not None:
                raise item  # type: ignore[misc]
            else:
                return
    finally:
        stopped.set()
        while maker.is_alive():
            while not made.empty():
                made.get()
            maker.join(0.01)
