"""Pipeline: components in order, over one text or a stream of them in batches and threads."""

from __future__ import annotations

from .doc import Component, Doc
from .errors import ModelFormatError, ParameterError, PipelineError
from .estimator import Estimator, origin_of, plain_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from typing_extensions import Self

    from .container import Container

    Batch = tuple[list[str | Doc], Exception | None]  # inputs; and the error that comes after them, if any

__all__ = ["Component", "Pipeline"]


class Pipeline(Estimator):
    """Components that annotate documents one after the other.

    Parameters
    ----------
    steps : list of (str, Component)
        Names, all different, and components in the order in which they run.
    given : tuple of str, optional
        Columns that the documents passed in have already, such as ``("words",)`` for segmented text.

    Raises
    ------
    PipelineError
        If a component requires a column that nothing before it provides, or two steps have the same name.

    Examples
    --------
    >>> nlp = Pipeline([("segment", DictionarySegmenter())])  # doctest: +SKIP
    >>> nlp("我来到北京").words  # doctest: +SKIP
    ['我', '来到', '北京']
    """

    kind = "pipeline"
    requires_fit = False

    def __init__(self, steps: Sequence[tuple[str, Any]], given: Sequence[str] = ()) -> None:
        _check(steps, given)
        self.steps = steps
        self.given = given

    @property
    def requires(self) -> tuple[str, ...]:
        """Columns that documents passed in must have: a pipeline can be a step of another one."""
        return tuple(self.given)

    @property
    def provides(self) -> tuple[str, ...]:
        """Columns that the steps fill."""
        return tuple(dict.fromkeys(column for _, step in self.steps for column in getattr(step, "provides", ())))

    def __getitem__(self, name: str) -> Any:
        for known, step in self.steps:
            if known == name:
                return step
        raise KeyError(f"no step {name!r}; there are: {', '.join(name for name, _ in self.steps) or 'none'}")

    def __len__(self) -> int:
        return len(self.steps)

    def __bool__(self) -> bool:
        return True

    # ---- annotate

    def annotate(self, docs: list[Doc]) -> None:
        """Run every step on a batch of documents, in place."""
        for _, step in self.steps:
            step.annotate(docs)

    def __call__(self, text: str | Doc) -> Doc:
        """Annotate one text.

        Parameters
        ----------
        text : str or Doc
            A Doc is annotated in place and returned.
        """
        doc = self._doc(text, "the input")
        self.annotate([doc])
        return doc

    def pipe(self, texts: Iterable[str | Doc], batch_size: int = 256, threads: int = 1) -> Iterator[Doc]:
        """Annotate a stream of texts, in order, reading only a few batches ahead.

        Neither the batch size nor the number of threads changes any result. An exception, whether of a component or of
        ``texts`` itself, is raised where its document would have come.

        Parameters
        ----------
        texts : iterable of str or Doc
            Documents are annotated in place.
        batch_size : int
            Texts that a step sees at once.
        threads : int
            Batches that are worked on at once. The input is read in the calling thread.

        Returns
        -------
        iterator of Doc
            Closing it early stops the threads.
        """
        if isinstance(texts, (str, Doc)):
            raise TypeError(f"texts is one {type(texts).__name__}, expected an iterable of them")
        for name, value in (("batch_size", batch_size), ("threads", threads)):
            if not isinstance(value, int) or value < 1:
                raise ParameterError(f"{name} is {value!r}, expected a number from 1")
        batches = _batches(texts, batch_size)
        return _unpack(map(self._run, batches) if threads == 1 else _in_threads(self._run, batches, threads))

    def _doc(self, text: str | Doc, what: str) -> Doc:
        doc = text if isinstance(text, Doc) else Doc(text)
        missing = [column for column in self.given if column not in doc.columns]
        if missing:
            raise PipelineError(f'{what} has no column "{missing[0]}", which this pipeline expects to be given')
        return doc

    def _run(self, batch: Batch) -> tuple[list[Doc], Exception | None]:
        """Annotate a batch: the documents before the first error, and that error."""
        inputs, error = batch
        try:
            docs = [self._doc(text, "a document") for text in inputs]
            self.annotate(docs)
            return docs, error
        except Exception:  # one by one, so that it is raised where it belongs
            docs = []
            for text in inputs:
                try:
                    docs.append(self(text))
                except Exception as found:
                    return docs, found
            return docs, error

    # ---- parameters

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters; with ``deep``, also each step by name and its parameters as ``name__parameter``."""
        params = super().get_params(deep=False)
        if deep:
            for name, step in self.steps:
                params[name] = step
                if hasattr(step, "get_params"):
                    params.update((f"{name}__{sub}", value) for sub, value in step.get_params().items())
        return params

    def set_params(self, **params: Any) -> Self:
        """Set ``steps``, ``given``, a step by its name or a parameter of a step as ``step__parameter``."""
        steps, given = params.get("steps", self.steps), params.get("given", self.given)
        own: dict[str, Any] = {}
        nested: dict[str, Any] = {}
        for key, value in params.items():
            (nested if "__" in key else own)[key] = value
        replaced = {name: value for name, value in own.items() if name not in ("steps", "given")}
        unknown = [n for n in (*replaced, *(k.partition("__")[0] for k in nested)) if n not in dict(steps)]
        if unknown:
            possible = ", ".join(("steps", "given", *dict(steps)))
            raise ParameterError(f"Pipeline has no parameter {unknown[0]!r}; possible: {possible}")
        if replaced:
            steps = [(name, replaced.get(name, step)) for name, step in steps]
        _check(steps, given)
        self.steps, self.given = steps, given
        for key, value in nested.items():
            name, _, sub = key.partition("__")
            self[name].set_params(**{sub: value})
        return self

    # ---- files

    def _stored_parameters(self) -> dict[str, Any]:
        return {"given": plain_value(self.given, "parameter 'given'")}

    def _get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        records: list[dict[str, Any]] = []
        arrays: dict[str, Any] = {}
        for name, step in self.steps:
            if not isinstance(step, Estimator):
                raise PipelineError(f'step "{name}" cannot be saved: {type(step).__name__} is no Estimator')
            parameters, learned, own = step._dump()
            record = {"name": name, "kind": step.kind, "parameters": parameters, "learned": learned}
            if step._origin:
                record["origin"] = dict(step._origin)
            records.append(record)
            arrays.update((f"{name}/{array}", value) for array, value in own.items())
        return {"steps": records}, arrays

    @classmethod
    def _restore(cls, stored: Container) -> Self:
        from .loading import class_of

        try:
            steps = []
            for record in stored.learned["steps"]:
                name, kind = str(record["name"]), record["kind"]
                found = class_of(kind)
                if not issubclass(found, Estimator):
                    raise ModelFormatError(f'step "{name}": {kind!r} is no kind of component')
                step = found._restore(stored.part(f"{name}/", record["learned"], record["parameters"], kind))
                step._origin = origin_of(record.get("origin", {}))
                steps.append((name, step))
            return cls(steps, tuple(stored.parameters["given"]))
        except (TypeError, LookupError, AttributeError, PipelineError, RecursionError) as error:
            raise ModelFormatError(f"not a usable pipeline: {type(error).__name__}: {error}") from error


def _check(steps: Sequence[tuple[str, Any]], given: Sequence[str]) -> None:
    """Raise PipelineError if the steps cannot work in this order."""
    if isinstance(given, str):
        raise ParameterError(f"given is {given!r}, expected a tuple of column names, such as ({given!r},)")
    seen: set[str] = set()
    provided = set(given)
    for pair in steps:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise PipelineError(f"every step must be a pair of a name and a component, found {pair!r}")
        name, step = pair
        if not isinstance(name, str) or not name or "__" in name or "/" in name or name in ("steps", "given"):
            raise PipelineError(f'{name!r} cannot be the name of a step: no "__", no "/", not "steps", not "given"')
        if name in seen:
            raise PipelineError(f'two steps are named "{name}"')
        if isinstance(step, type) or not callable(getattr(step, "annotate", None)):
            raise PipelineError(f'step "{name}" is {step!r}, expected a component: an object with annotate(docs)')
        for column in getattr(step, "requires", ()):
            if column not in provided:
                raise PipelineError(f'step "{name}" requires column "{column}", which no earlier step provides')
        seen.add(name)
        provided.update(getattr(step, "provides", ()))


def _batches(texts: Iterable[str | Doc], size: int) -> Iterator[Batch]:
    batch: list[str | Doc] = []
    try:
        for i, text in enumerate(texts):
            if not isinstance(text, (str, Doc)):
                raise TypeError(f"item {i} of texts is {type(text).__name__}, expected str or Doc")
            batch.append(text)
            if len(batch) == size:
                yield batch, None
                batch = []
    except Exception as error:
        yield batch, error
        return
    if batch:
        yield batch, None


def _unpack(results: Iterator[tuple[list[Doc], Exception | None]]) -> Iterator[Doc]:
    try:
        for docs, error in results:
            yield from docs
            if error is not None:
                raise error
    finally:
        close = getattr(results, "close", None)
        if close is not None:
            close()


def _in_threads(
    run: Callable[[Batch], tuple[list[Doc], Exception | None]], batches: Iterator[Batch], threads: int
) -> Iterator[tuple[list[Doc], Exception | None]]:
    """``map(run, batches)`` in a thread pool, with at most two batches for each thread under way."""
    from collections import deque
    from concurrent.futures import Future, ThreadPoolExecutor
    from itertools import islice

    pool = ThreadPoolExecutor(threads, thread_name_prefix="nlptk-pipe")
    ahead: deque[Future[tuple[list[Doc], Exception | None]]] = deque()
    try:
        ahead.extend(pool.submit(run, batch) for batch in islice(batches, 2 * threads))
        while ahead:
            yield ahead.popleft().result()
            ahead.extend(pool.submit(run, batch) for batch in islice(batches, 1))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
