"""The frame of trainers, around a step that learns nothing."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from nlptk.errors import ModelFormatError, ParameterError
from nlptk.vectors.training import State, Training


@pytest.mark.parametrize("workers", [1, 3])
def test_an_interrupt_waits_for_the_parts_at_work(workers):
    at_work, saved, lock = [0], [], threading.Lock()

    def step(epoch, begin, end):
        with lock:
            at_work[0] += 1
        if begin == 5:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        time.sleep(0.1)
        with lock:
            at_work[0] -= 1
        return 1.0, 1, 1

    state = State(100, 1)
    parts = [(k, k + 1) for k in range(100)]
    training = Training(None, state, [], workers=workers, parts=parts, save=lambda: saved.append((at_work[0], state.part)))
    with pytest.raises(KeyboardInterrupt):
        training.run(step)
    [(busy, part)] = saved
    assert busy == 0
    assert part == state.part == state.examples
    assert 6 <= part <= 6 + workers


def test_an_interrupt_between_parts_saves_too():
    class Impatient:
        def on_epoch_end(self, model):
            raise KeyboardInterrupt

    state, saved = State(10, 3), []
    training = Training(None, state, [], callbacks=[Impatient()], save=lambda: saved.append(state.epoch))
    with pytest.raises(KeyboardInterrupt):
        training.run(lambda epoch, begin, end: (1.0, 1, 1))
    assert saved == [1]


def test_numbers_that_ran_away_are_not_saved():
    state, saved = State(100, 1), []
    parts = [(k, k + 1) for k in range(100)]
    training = Training(None, state, [], parts=parts, save=lambda: saved.append(state.part), every=0)
    with pytest.raises(ParameterError, match="diverges"):
        training.run(lambda epoch, begin, end: (float("nan") if begin == 3 else 1.0, 1, 1))
    assert saved == [1, 2, 3]


def test_a_state_that_is_behind_the_corpus():
    with pytest.raises(ModelFormatError, match="part 9"):
        Training(None, State(10, 3, part=9), [])
