"""What is fuzzed, each with its seeds, the errors it may answer with, and what must hold of its answer."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import numpy as np

from nlptk import HMM, BigramSegmenter, Dictionary, DictionarySegmenter, NgramLM, container
from nlptk.errors import CorpusFormatError, InputError, ModelFormatError
from nlptk.ext.checksum import xxh64
from nlptk.lm.arpa import read_arpa, write_arpa
from nlptk.vectors import SubwordVectors, WordVectors, load_vectors
from nlptk.vectors.formats import save_vectors
from tests.reference.ngram_query import Estimated, interpolated

START = b'{"__metadata__":{"checksum":"'
CORPORA = Path(__file__).parent.parent / "corpora"
TEXT = "的北京大学一是𠮷a b 云计算\x00" * 3


def with_right_checksums(data: bytes) -> bytes:
    """The file with its checksums put right, as far as it can be read, so that a change gets past them."""
    at = 8 + len(START)
    length = int.from_bytes(data[:8], "little")
    if len(data) < at + 16 or not data[8:].startswith(START) or 8 + length > len(data):
        return data
    header = data[: 8 + length]
    try:
        parsed = json.loads(header[8:])
        manifest = json.loads(parsed["__metadata__"]["manifest"])
        for name, entry in parsed.items():
            if name != "__metadata__":
                begin, end = entry["data_offsets"]
                manifest["checksums"][name] = f"{xxh64(data[8 + length :][begin:end]):016x}"
        parsed["__metadata__"]["manifest"] = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
        text = json.dumps(parsed, separators=(",", ":")).encode()
        text += b" " * (-(8 + len(text)) % 64)
        header = len(text).to_bytes(8, "little") + text
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        pass
    digits = f"{xxh64(header[:at] + b'0' * 16 + header[at + 16 :]):016x}".encode()
    return header[:at] + digits + header[at + 16 :] + data[8 + length :]


class Target:
    """One loader. `run` raises `allowed`, or the answer holds what it asserts."""

    allowed: tuple[type[Exception], ...] = ()

    def __init__(self, folder: Path) -> None:
        self.path = folder / "input"

    def seeds(self) -> list[bytes]:
        raise NotImplementedError

    def run(self, data: bytes) -> None:
        raise NotImplementedError

    def repaired(self, data: bytes) -> bytes:
        return data


class ContainerOpen(Target):
    """container.open and every array of what it opened."""

    allowed = (ModelFormatError,)

    def seeds(self) -> list[bytes]:
        out = []
        for arrays in (
            {},
            {"x": b"abc"},
            {"a": memoryview(b"12345678").cast("i"), "b": memoryview(b"1" * 16).cast("d"), "e": b""},
        ):
            container.write(self.path, "test", arrays, parameters={"p": [1, None, "é"]}, scores={"f": 0.5})
            out.append(self.path.read_bytes())
        return out

    def run(self, data: bytes) -> None:
        self.path.write_bytes(data)
        file = container.open(self.path)
        for name in file.names():
            assert file.array(name).nbytes == file.numpy(name).nbytes


class ContainerCrafted(ContainerOpen):
    """The same with right checksums, as somebody who means harm would write it."""

    def repaired(self, data: bytes) -> bytes:
        return with_right_checksums(data)


class DictionaryLoad(Target):
    """Dictionary.load, and all that can be asked of what it loaded."""

    allowed = (ModelFormatError,)

    def seeds(self) -> list[bytes]:
        out = []
        for words in (
            [],
            ["的"],
            [("北京", 5, "ns"), ("北京大学", 3, "nt"), ("大学", 9, "n"), ("a b", 1), ("𠮷", 2, "x")],
        ):
            Dictionary.from_words(words).save(self.path)
            out.append(self.path.read_bytes())
        return out

    def run(self, data: bytes) -> None:
        self.path.write_bytes(data)
        dictionary = Dictionary.load(self.path)
        words = dictionary.items()
        assert len(words) <= dictionary.trie.n_cells
        dictionary.completions("北")
        for start in range(len(TEXT)):
            dictionary.prefixes(TEXT, start)
        for algorithm in ("dictionary", "bidirectional"):
            assert "".join(DictionarySegmenter(dictionary, algorithm=algorithm, hmm=False).cut(TEXT)) == TEXT
        dictionary.with_words(["新词", ("大学", 3, "n")])


class DictionaryCrafted(DictionaryLoad):
    """The same with right checksums."""

    def repaired(self, data: bytes) -> bytes:
        return with_right_checksums(data)


class NgramLoad(Target):
    """NgramLM.load, and all that can be asked of what it loaded; files that are no model are taken for ARPA."""

    allowed = (ModelFormatError, InputError)

    def seeds(self) -> list[bytes]:
        out = []
        for order, quantize in ((1, None), (3, None), (4, 8)):
            words = [f"w{i}" for i in range(9)] + ["北京", "𠮷"]
            grams = interpolated([words[i % 4 : i % 7 + 4] for i in range(20)], order)
            NgramLM(order=order).take(Estimated(grams)).save(self.path, quantize=quantize)
            out.append(self.path.read_bytes())
        return out

    def run(self, data: bytes) -> None:
        self.path.write_bytes(data)
        for verify in (False, True):  # what is only looked at in passing may be anything, and does no harm
            lm = NgramLM.load(self.path, verify=verify)
            text = "w1 w2 w3 北京 𠮷 w4 w5 w6 nobody " * 4
            lm.score_batch([text, "", "w1"])
            [*lm.full_scores(text, bos=False)]
            lm._model.score_words(lm.state(text), memoryview(bytearray(4 * len(lm._model))).cast("f"))
        assert len(lm.predict(text, None)) == len(lm.vocabulary_) - 1
        assert sum(p for _, p in lm.predict(text)) >= 0
        lm.save_arpa(os.devnull)


class NgramCrafted(NgramLoad):
    """The same with right checksums."""

    def repaired(self, data: bytes) -> bytes:
        return with_right_checksums(data)


class ArpaRead(Target):
    """read_arpa to the end, what it read written and read again; and a model of it."""

    allowed = (ModelFormatError,)

    def seeds(self) -> list[bytes]:
        out = []
        for order in (1, 2, 3):
            NgramLM(order=order, smoothing="witten-bell").fit(["北京 大学", "a 北京 b", "a b a b"]).save_arpa(self.path)
            out += [self.path.read_bytes(), self.path.read_bytes().replace(b"\n", b"\r\n").replace(b"\t", b"  ")]
        return out

    def run(self, data: bytes) -> None:
        first, second = self.written(data)
        again, _ = self.written(first)
        assert again == first
        self.path.write_bytes(data)
        try:
            lm = NgramLM.load(self.path)
        except ModelFormatError:  # two n-grams that are the same, or the like: the reader need not see it
            return
        assert lm.counts_[0] == len(second)
        lm.score_batch(["北京 大学", "a b a b", ""])

    def written(self, data: bytes) -> tuple[bytes, list[str]]:
        out = io.BytesIO()
        arpa = read_arpa(io.BytesIO(data))
        write_arpa(out, arpa.counts, arpa.words, arpa.chunks)
        return out.getvalue(), arpa.words


class HmmLoad(Target):
    """HMM.load with right checksums, and all that can be asked of what it loaded."""

    allowed = (ModelFormatError,)

    def seeds(self) -> list[bytes]:
        sentences = [["我", "来到", "北京", "。"], ["Ab1", "ab", "𠮷"], []]
        labels = [["r", "v", "n", "w"], ["n", "n", "v"], []]
        out = []
        for model in (HMM(order=1), HMM(), HMM(smoothing="add-k", max_suffix=0), HMM(order=1, n_labels=2, max_iterations=2)):
            model.fit(sentences, None if model.n_labels else labels).save(self.path)
            out.append(self.path.read_bytes())
        return out

    def run(self, data: bytes) -> None:
        self.path.write_bytes(data)
        model = HMM.load(self.path)
        sentences = [["我", "Ab1", "x", ""], [], ["ab"]]
        lengths = [len(sentence) for sentence in sentences]
        assert [len(labels) for labels in model.predict(sentences)] == lengths
        for sentence in model.predict_marginals(sentences):
            assert all(abs(sum(item.values()) - 1) < 1e-3 for item in sentence)
        assert len(model.log_likelihood(sentences)) == len(sentences)
        model.save(self.path)

    def repaired(self, data: bytes) -> bytes:
        return with_right_checksums(data)


class BigramLoad(Target):
    """BigramSegmenter.load with right checksums, and all that can be asked of what it loaded."""

    allowed = (ModelFormatError,)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.lm = NgramLM(order=2).fit(CORPORA / "segmented.zh.txt")

    def seeds(self) -> list[bytes]:
        sentences = [["研究", "生命", "的", "起源", "。"], ["研究生", "的", "a", "2024年"], ["𠮷野家", "，"]]
        out = []
        for parameters in ({}, {"userdict": ["云计算", ("a b", 3)]}, {"userdict": ["云计算"], "user_priority": "force"}):
            BigramSegmenter(**parameters).fit(sentences).save(self.path)
            out.append(self.path.read_bytes())
        return out

    def run(self, data: bytes) -> None:
        self.path.write_bytes(data)
        segmenter = BigramSegmenter.load(self.path)
        assert "".join(segmenter.cut(TEXT)) == TEXT
        assert len(segmenter.boundaries(TEXT)) == len(segmenter.cut(TEXT))
        assert "".join(arc.word for arc in segmenter.explain(TEXT).path) == TEXT
        if segmenter.user_priority == "weight":
            assert all("".join(path.words) == TEXT for path in segmenter.n_best(TEXT, 3))
            assert "".join(segmenter.rescore(TEXT, self.lm, 0.5, beam=4).words) == TEXT
        segmenter.dictionary_.items()
        segmenter.save(self.path)

    def repaired(self, data: bytes) -> bytes:
        return with_right_checksums(data)


class WordList(Target):
    """Dictionary.from_file on lines of text, and on_error="skip"."""

    allowed = (CorpusFormatError,)

    def seeds(self) -> list[bytes]:
        shapes = "北京\n北京 5\n北京 5 ns\r\n北京大学\t3\tnt\nC++ 语言\t9\n# c\n#话题 3\n\niPhone 15 Pro 40 nz\n𠮷\n甲 0\n"
        return [b"", shapes.encode(), b"\xef\xbb\xbf" + shapes.encode(), (CORPORA / "userdict.txt").read_bytes()]

    def run(self, data: bytes) -> None:
        self.path.write_bytes(data)
        words = Dictionary.from_file(self.path, on_error="skip")
        assert len(words) <= data.count(b"\n") + 1
        strict = Dictionary.from_file(self.path)
        assert strict == words
        assert dict(strict.items()) == dict(Dictionary.from_words([(word, *entry) for word, entry in words.items()]).items())


class UserWords(WordList):
    """The same lines as a user dictionary of a segmenter."""

    def run(self, data: bytes) -> None:
        self.path.write_bytes(data)
        for priority in ("weight", "force"):
            segmenter = DictionarySegmenter(userdict=self.path, user_priority=priority).fit()
            text = TEXT + data.decode("utf-8")[:200]
            assert "".join(segmenter.cut(text)) == text


class SegmentLines(Target):
    """The kernel of `nlptk segment`, in every format."""

    allowed = (UnicodeDecodeError,)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        trained = BigramSegmenter(userdict=["a b", "北京\t大学", "𠮷野"]).fit(CORPORA / "segmented.zh.txt")
        self.kernels = [
            DictionarySegmenter().kernel,
            DictionarySegmenter(mode="full").kernel,
            DictionarySegmenter(userdict=["a b", "北京\t大学", "𠮷野"], hmm=False).kernel,
            DictionarySegmenter(userdict=["a b", "北京\t大学", "𠮷野"], user_priority="force", algorithm="bidirectional").kernel,
            trained.kernel,
            trained.set_params(user_priority="force").kernel,
        ]

    def seeds(self) -> list[bytes]:
        texts = [path.read_bytes()[:2000] for path in sorted(CORPORA.glob("*.zh.txt"))]
        return [b"", b"\n", b"\r\n\n", TEXT.encode(), *texts]

    def run(self, data: bytes) -> None:
        try:
            data.decode("utf-8")
            position = -1
        except UnicodeDecodeError as error:
            position = error.start
        for kernel in self.kernels:
            try:
                joined = kernel.lines(data, sep=b"")
                jsonl, table = kernel.lines(data, "jsonl"), kernel.lines(data, "tsv")
            except UnicodeDecodeError as error:
                assert error.start == position, (error.start, position)
                continue
            assert position < 0
            if kernel is not self.kernels[1]:  # words of full mode overlap
                assert joined == data
            lines = [
                line.removesuffix("\r") if i < data.count(b"\n") else line for i, line in enumerate(data.decode().split("\n"))
            ]
            if not lines[-1]:
                lines.pop()
            assert [json.loads(line)["words"] for line in jsonl.splitlines()] == [kernel.cut(line) for line in lines]
            assert table.count(b"\n\n") + table.startswith(b"\n") >= bool(lines)


class VectorsLoad(Target):
    """load_vectors on our own files with right checksums, and all that can be asked of what it loaded."""

    allowed = (ModelFormatError,)
    words = ("的", "king", "a b", "𠮷", "C++")

    def seeds(self) -> list[bytes]:
        rows = [[i - 3, i / 7, 1e-3 * i] for i in range(13)]
        out = []
        for vectors in (
            WordVectors(self.words, rows[:5], range(5)),
            WordVectors([], np.empty((0, 3))),
            SubwordVectors(self.words, rows, 2, 3, 8),
        ):
            vectors.save(self.path)
            out.append(self.path.read_bytes())
        return out

    def run(self, data: bytes) -> None:
        self.path.write_bytes(data)
        vectors = load_vectors(self.path)
        assert len(vectors.words) == len(vectors) == len(vectors.matrix)
        vectors.document_vector(["king", "x", "𠮷𠮷"])
        if len(vectors):
            assert len(vectors.most_similar(0, topn=3)) <= 3
            vectors.nearest([0], 2)
        vectors.save(self.path)

    def repaired(self, data: bytes) -> bytes:
        return with_right_checksums(data)


class VectorsRead(Target):
    """load_vectors on other tools' files: what was read, written and read again is the same."""

    allowed = (ModelFormatError, InputError)

    def seeds(self) -> list[bytes]:
        rows = [[i - 3, i / 7, 1e-3 * i] for i in range(13)]
        out = [b"a b 1 2 3\nc 1 2 3\n", b"2 2\r\na 1 2\r\nb 1 2\r\n"]
        for format in ("text", "glove", "binary", "fasttext"):
            words = VectorsLoad.words[:2] + VectorsLoad.words[3:]
            vectors = SubwordVectors(words, rows[:12], 2, 3, 8)
            save_vectors(vectors, self.path, format)
            out.append(self.path.read_bytes())
        return out

    def run(self, data: bytes) -> None:
        self.path.write_bytes(data)
        for skip in ({"on_error": "skip", "errors": "replace"}, {"limit": 2}, {}):
            try:
                vectors = load_vectors(self.path, **skip)
            except self.allowed:
                if not skip:
                    raise
                continue
            assert len(vectors.words) == len(vectors.matrix)
        save_vectors(vectors, self.path, "nlptk")
        again = load_vectors(self.path)
        assert again.words == vectors.words
        assert again.matrix.tobytes() == vectors.matrix.tobytes()


TARGETS: dict[str, type[Target]] = {
    "container": ContainerOpen,
    "container-crafted": ContainerCrafted,
    "dictionary": DictionaryLoad,
    "dictionary-crafted": DictionaryCrafted,
    "ngram-lm": NgramLoad,
    "ngram-lm-crafted": NgramCrafted,
    "arpa": ArpaRead,
    "hmm": HmmLoad,
    "bigram-segmenter": BigramLoad,
    "wordlist": WordList,
    "userdict": UserWords,
    "lines": SegmentLines,
    "vectors-crafted": VectorsLoad,
    "vectors": VectorsRead,
}
