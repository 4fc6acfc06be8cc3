"""Skip-gram and CBOW in plain Python and double precision: each step of each example, one after the other."""

from __future__ import annotations

import heapq
import math

import numpy as np

MASK = 2**64 - 1
GROUP = 6  # targets that are measured before any of them is changed
AHEAD = 4  # centres that are looked at before the first of them is learned from, as in the kernel


def draw(stream: int, place: int) -> int:
    """Number `place` of a stream of random numbers of 64 bits: splitmix64."""
    z = (stream + (place + 1) * 0x9E3779B97F4A7C15) & MASK
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


def alias_draw(table, random: int) -> int:
    """A word by Walker's table."""
    column = (random >> 32) * len(table) >> 32
    share, other = (int(value) for value in table[column])
    return column if random & 0xFFFFFFFF <= share else other


def alias_distribution(table) -> np.ndarray:
    """How probable each word is, by the table."""
    found = np.zeros(len(table))
    for column, (share, other) in enumerate(table.tolist()):
        found[column] += share / 2**32 / len(table)
        found[other] += (1 - share / 2**32) / len(table)
    return found


def huffman_cost(counts) -> int:
    """Sum of count times length of code, which all Huffman trees of these counts share."""
    heap = [int(count) for count in counts]
    heapq.heapify(heap)
    cost = 0
    while len(heap) > 1:
        both = heapq.heappop(heap) + heapq.heappop(heap)
        cost += both
        heapq.heappush(heap, both)
    return cost


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def in_groups(targets):
    return [targets[first : first + GROUP] for first in range(0, len(targets), GROUP)]


class Reference:
    """The same network as :class:`nlptk.ext.word2vec.Network`, and the same arguments."""

    def __init__(self, input, output, window, negative=0, cbow=False, mean=True, shrink=True, keep=None, noise=None, tree=None,
                 subwords=None):  # fmt: skip
        self.input, self.output = np.array(input, np.float64), np.array(output, np.float64)
        self.window, self.negative, self.cbow, self.mean, self.shrink = window, negative, cbow, mean, shrink
        self.keep, self.noise, self.tree, self.subwords = keep, noise, tree, subwords
        self.n_words = len(self.input) if subwords is None else len(subwords[0]) - 1

    def centres(self, ids, begin, end, alpha, last, stream):
        """(word, words near it, random number, learning rate, (place, first place of the window)) of each centre; there may be no
        words near it. These places count the words that are not left out, and one for what stands between sentences."""
        sentence, base = [], 1
        for place in [*range(begin, end), None]:
            word = -1 if place is None else int(ids[place])
            if 0 <= word < self.n_words:
                if self.keep is None or draw(stream, place) >> 32 <= self.keep[word]:
                    sentence.append((word, place))
                continue
            for at, (centre, where) in enumerate(sentence):
                random = draw(stream, where)
                reach = 1 + ((random & 0xFFFFFFFF) * self.window >> 32) if self.shrink else self.window
                near = sentence[max(0, at - reach) : at] + sentence[at + 1 : at + 1 + reach]
                rate = alpha + (last - alpha) * (where - begin) / (end - begin)
                yield centre, [other for other, _ in near], random, rate, (base + at, base + max(0, at - reach))
            base += len(sentence) + bool(sentence)
            sentence = []

    def targets(self, word, random):
        """(row of the output, sign) of whatever is to be told from the word's context."""
        found = []
        rows = 0
        if self.negative:
            rows = self.n_words
            found.append((word, 1))
            for k in range(self.negative):
                noise = alias_draw(self.noise, draw(random, k))
                found.append((noise, 0 if noise == word else -1))
        if self.tree is not None:
            starts, paths, codes = self.tree
            for k in range(starts[word], starts[word + 1]):
                found.append((rows + paths[k], -1 if codes[k] else 1))
        return found

    def train(self, ids, begin, end, alpha, last, stream):
        loss, n = 0.0, 0
        centres = self.centres(ids, begin, end, alpha, last, stream)
        if self.cbow and self.subwords is not None:
            loss, n = self.train_in_reach(list(centres))
            centres = []
        for word, near, random, rate, _ in centres:
            if not near:
                continue
            if not self.negative and self.tree is None:
                loss += self.softmax(word, near, rate)
            elif self.cbow or self.subwords is not None:
                loss += self.sum_step(*self.sum_example(word, near, random), rate)
            else:
                loss += self.skip_gram_step(near, self.targets(word, random), rate)
            n += 1 if self.cbow else len(near)
        return loss, n, int(((ids[begin:end] >= 0) & (ids[begin:end] < self.n_words)).sum())

    def measure(self, h, group, rate):
        """Loss and steps of one vector with a group of targets."""
        loss, steps = 0.0, []
        for row, sign in group:
            product = h @ self.output[row]
            loss += abs(sign) * softplus(-sign * product)
            steps.append(rate * sign * sigmoid(-sign * product))
        return loss, steps

    def skip_gram_step(self, near, targets, rate):
        total = 0.0
        for first in range(0, len(targets), GROUP):
            group = targets[first : first + GROUP]
            measured = [self.measure(self.input[other], group, rate) for other in near]
            self.move(near, group, [steps for _, steps in measured])
            total += sum(loss for loss, _ in measured)
        return total

    def move(self, near, group, steps):
        change = np.zeros((len(group), self.input.shape[1]))
        before = [self.output[row].copy() for row, _ in group]
        for other, own in zip(near, steps, strict=True):
            for k, step in enumerate(own):
                change[k] += step * self.input[other]
            self.input[other] += sum(step * u for step, u in zip(own, before, strict=True))
        for (row, _), each in zip(group, change, strict=True):
            self.output[row] += each

    def sum_example(self, word, near, random):
        """Rows whose sum is to tell targets, and these in groups: the window tells the word, in skip-gram the word its window."""
        if self.cbow:
            return self.rows_of(near), in_groups(self.targets(word, random))
        groups = [in_groups(self.targets(other, draw(random, i))) for i, other in enumerate(near)]
        return self.rows_of([word]), [group for some in groups for group in some]

    def scales(self, n):
        """What the sum of n rows, and the step of each, are multiplied by."""
        mean = self.mean or not self.cbow
        return (1 / n, 1) if mean else (1, 1 / n)

    def sum_step(self, rows, groups, rate):
        scale, back = self.scales(len(rows))
        h = self.input[rows].sum(0) * scale
        start = h.copy()
        total = self.learn(h, groups, rate)
        for row in rows:
            self.input[row] += (h - start) * back
        return total

    def learn(self, h, groups, rate):
        """Steps of the targets, and of the vector in place; the loss. CBOW measures all groups before any step."""
        total = 0.0
        for joint in [groups] if self.cbow else [[group] for group in groups]:
            measured = [self.measure(h, group, rate) for group in joint]
            old = h.copy()
            for group, (loss, steps) in zip(joint, measured, strict=True):
                for (row, _), step in zip(group, steps, strict=True):
                    h += step * self.output[row]  # as the steps of the inputs will move it
                    self.output[row] += step * old
                total += loss
        return total

    def rows_of(self, words):
        """Rows of the input that make up words."""
        if self.subwords is None:
            return words
        starts, rows = self.subwords
        return [row for word in words for row in rows[starts[word] : starts[word + 1]].tolist()]

    def train_in_reach(self, centres):
        """CBOW with subwords: the sum of a word's rows is made when it comes into reach of a window, and takes part in the steps
        of that word; its rows get these when out of reach. Examples are made some centres before they are learned from."""
        loss, n, come = 0.0, 0, 0
        word_at = {at: word for word, *_, (at, _) in centres}
        sums, steps = {}, {}  # by place
        waiting = []

        def leave(at):
            if at in sums:
                del sums[at]
                step = steps.pop(at)
                for row in self.rows_of([word_at[at]]):
                    self.input[row] += step

        todo = centres[::-1]
        while todo or waiting:
            while todo and len(waiting) < AHEAD:
                word, near, random, rate, (at, first) = todo[-1]
                if waiting and at - waiting[0][3] > AHEAD:
                    break
                todo.pop()
                for new in range(come, at + self.window + 1):
                    leave(new - (2 * self.window + AHEAD + 1))
                    if new in word_at:
                        sums[new] = self.input[self.rows_of([word_at[new]])].sum(0)
                        steps[new] = np.zeros_like(sums[new])
                come = max(come, at + self.window + 1)
                if near:
                    window = [place for place in range(first, first + len(near) + 1) if place != at]
                    waiting.append((window, in_groups(self.targets(word, random)), rate, at))
            if not waiting:
                break
            window, groups, rate, _ = waiting.pop(0)
            sizes = {place: len(self.rows_of([word_at[place]])) for place in window}
            scale, back = self.scales(sum(sizes.values()))
            h = sum(sums[place] for place in window) * scale
            start = h.copy()
            loss += self.learn(h, groups, rate)
            for place in window:
                steps[place] += (h - start) * back
                sums[place] += sizes[place] * (h - start) * back
            n += 1
        for at in list(sums):
            leave(at)
        return loss, n

    def softmax(self, word, near, rate):
        if self.cbow:
            contexts = [(near, self.input[near].sum(0) * (1 / len(near) if self.mean else 1))]
        else:
            contexts = [([other], None) for other in near]
        total = 0.0
        for rows, h in contexts:
            h = self.input[rows[0]].copy() if h is None else h
            scores = self.output @ h
            p = np.exp(scores - scores.max())
            p /= p.sum()
            total -= math.log(p[word])
            g = -rate * p
            g[word] += rate
            error = g @ self.output
            self.output += np.outer(g, h)
            for row in rows:
                self.input[row] += error * (1 if self.mean or not self.cbow else 1 / len(rows))
        return total

    def train_block(self, ids, begin, end, alpha, last, stream, block):
        """As a team does: all products of a block of centres first, those with nothing near them included, then all steps."""
        centres = list(self.centres(ids, begin, end, alpha, last, stream))
        loss, n = 0.0, 0
        for first in range(0, len(centres), block):
            measured = []
            for word, near, random, rate, _ in centres[first : first + block]:
                if not near:
                    continue
                if self.cbow or self.subwords is not None:
                    rows, groups = self.sum_example(word, near, random)
                    vectors = [self.input[rows].sum(0) * self.scales(len(rows))[0]]
                else:
                    rows, groups = near, in_groups(self.targets(word, random))
                    vectors = [self.input[other].copy() for other in near]
                found = [[self.measure(h, group, rate) for h in vectors] for group in groups]
                loss += sum(each for group in found for each, _ in group)
                n += 1 if self.cbow else len(near)
                measured.append((rows, groups, [[steps for _, steps in group] for group in found]))
            for rows, groups, steps in measured:
                if not self.cbow and self.subwords is None:
                    for group, own in zip(groups, steps, strict=True):
                        self.move(rows, group, own)
                    continue
                scale, back = self.scales(len(rows))
                h = self.input[rows].sum(0) * scale
                error = np.zeros_like(h)
                for group, [own] in zip(groups, steps, strict=True):
                    for (row, _), step in zip(group, own, strict=True):
                        error += step * self.output[row]
                        self.output[row] += step * h
                for row in rows:
                    self.input[row] += error * back
        return loss, n, int(((ids[begin:end] >= 0) & (ids[begin:end] < self.n_words)).sum())
