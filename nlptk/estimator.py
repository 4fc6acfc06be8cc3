"""Estimator: scikit-learn's contract without importing scikit-learn.

A subclass stores its ``__init__`` arguments under their own names, ``fit`` learns and returns self, and what it learned
ends in an underscore. That is enough for ``clone``, ``Pipeline``, ``GridSearchCV``, ``cross_val_score`` and metadata
routing. A subclass that can be saved also names its ``kind`` and says what its state is::

    class Counter(Estimator):
        kind = "counter"

        def __init__(self, least=1):
            self.least = least

        def fit(self, X, y=None): ...

        def _get_state(self):                        # -> (JSON-able values, arrays)
            return {"total": self.total_}, {"counts": self.counts_}

        def _set_state(self, learned, arrays):       # arrays.array(name), .numpy(name), .strings(name)
            self.total_, self.counts_ = learned["total"], arrays.numpy("counts")
"""

from __future__ import annotations

from .errors import ModelFormatError, NlptkError, NotFittedError, ParameterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from typing import Any, ClassVar

    from typing_extensions import Self

    from .container import Container


_REQUIRED = object()  # the default of a parameter that has none

# methods that may ask scikit-learn for metadata such as sample_weight, and arguments that are not metadata
_ROUTED = ("fit", "partial_fit", "predict", "predict_proba", "decision_function", "score", "transform")
_NOT_METADATA = frozenset(("self", "X", "y"))

# what a constructor or _set_state may stumble over when a file says something impossible
_DAMAGE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)


def _metadata_names(method: Any) -> tuple[str, ...]:
    """Arguments of a method that scikit-learn may route to it."""
    code = getattr(getattr(method, "__wrapped__", method), "__code__", None)
    if code is None:
        return ()
    return tuple(n for n in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if n not in _NOT_METADATA)


def _request_setter(method: str, names: tuple[str, ...]) -> Callable[..., Any]:
    """``set_fit_request`` and its like: says which metadata a method wants to be given."""

    def set_request(self: Estimator, **requests: bool | str | None) -> Estimator:
        unknown = requests.keys() - set(names)
        if unknown:
            raise TypeError(f"{method} takes no {min(unknown)!r}; possible: {', '.join(names)}")
        from sklearn import get_config

        if not get_config()["enable_metadata_routing"]:
            raise RuntimeError("metadata routing is off: call sklearn.set_config(enable_metadata_routing=True) first")
        routing = self.get_metadata_routing()
        for name, alias in requests.items():
            if alias != "$UNCHANGED$":
                getattr(routing, method).add_request(param=name, alias=alias)
        self._metadata_request = routing
        return self

    set_request.__name__ = f"set_{method}_request"
    set_request.__doc__ = f"Whether scikit-learn shall pass {', '.join(names)} to ``{method}``: True, False or a name."
    return set_request


def _output_as_configured(method: Callable[..., Any]) -> Callable[..., Any]:
    """Let ``sklearn.set_config`` and ``set_output`` decide whether a method returns an array or a data frame."""

    def transform(self: Transformer, X: Any, *args: Any, **kwargs: Any) -> Any:
        out = method(self, X, *args, **kwargs)
        import sys

        if "sklearn" not in sys.modules:  # then nobody can have configured it
            return out
        from sklearn.utils._set_output import _wrap_data_with_container

        return _wrap_data_with_container("transform", out, X, self)

    transform.__name__, transform.__doc__, transform.__qualname__ = method.__name__, method.__doc__, method.__qualname__
    transform.__wrapped__ = method  # type: ignore[attr-defined]
    return transform


class Estimator:
    """Base of everything with parameters: ``get_params``, ``set_params``, ``save``, ``load``.

    Attributes
    ----------
    kind : str
        The name of this kind of model in saved files; empty: cannot be saved.
    requires_fit : bool
        False for what works right after construction.
    """

    kind: ClassVar[str] = ""
    requires_fit: ClassVar[bool] = True

    _origin: Mapping[str, Any] = {}  # licence, training data and scores of the file it was loaded from
    _metadata_request: Any

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for method in _ROUTED:
            names = _metadata_names(cls.__dict__.get(method))
            if names:
                setattr(cls, f"set_{method}_request", _request_setter(method, names))

    # ---- parameters

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        """Parameter names of the constructor with their defaults, in its order."""
        init: Any = cls.__init__
        code = getattr(init, "__code__", None)
        if code is None:  # object.__init__
            return {}
        if code.co_flags & 0x0C:
            raise TypeError(f"{cls.__name__}.__init__ must name every parameter, no *args or **kwargs")
        names = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
        defaults = dict.fromkeys(names, _REQUIRED)
        positional = init.__defaults__ or ()
        defaults.update(zip(names[code.co_argcount - 1 - len(positional) :], positional, strict=False))
        defaults.update(init.__kwdefaults__ or {})
        return defaults

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name; with ``deep``, also those of nested estimators, as ``name__parameter``."""
        params = {name: getattr(self, name) for name in self._defaults()}
        if deep:
            for name, value in list(params.items()):
                if hasattr(value, "get_params") and not isinstance(value, type):
                    params.update((f"{name}__{sub}", v) for sub, v in value.get_params().items())
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name, or of a nested estimator as ``name__parameter``.

        Raises
        ------
        ParameterError
            For a name that is not a parameter; the message says which are.
        """
        possible = self.get_params(deep=False)
        nested: dict[str, dict[str, Any]] = {}
        for key in params:
            name, _, sub = key.partition("__")
            if name not in possible:
                known = ", ".join(possible) or "none"
                raise ParameterError(f"{type(self).__name__} has no parameter {name!r}; possible: {known}")
            if sub:
                nested.setdefault(name, {})[sub] = params[key]
        for key, value in params.items():
            if "__" not in key:
                self._set_param(key, value)
        for name, subs in nested.items():
            value = self.get_params(deep=False)[name]
            if not hasattr(value, "set_params"):
                raise ParameterError(f"{type(self).__name__}: {name!r} is no estimator, it has no {min(subs)!r}")
            value.set_params(**subs)
        return self

    def _set_param(self, name: str, value: Any) -> None:
        setattr(self, name, value)

    def __repr__(self) -> str:
        shown = ((name, repr(getattr(self, name)), default) for name, default in self._defaults().items())
        changed = ", ".join(f"{name}={value}" for name, value, default in shown if value != repr(default))
        return f"{type(self).__name__}({changed})"

    # ---- what scikit-learn asks for

    def __sklearn_is_fitted__(self) -> bool:
        return not self.requires_fit or any(name[-1] == "_" and name[:2] != "__" for name in vars(self))

    def _check_fitted(self) -> None:
        """Raise NotFittedError unless fitted or loaded; the first line of ``predict`` and the like."""
        if not self.__sklearn_is_fitted__():
            raise _not_fitted_error()(f"this {type(self).__name__} is not fitted: call fit or load first")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import Tags, TargetTags

        return Tags(estimator_type=None, target_tags=TargetTags(required=False), requires_fit=self.requires_fit)

    def get_metadata_routing(self) -> Any:
        """Which metadata (``sample_weight`` ...) the methods ask for, as scikit-learn's ``MetadataRequest``."""
        from sklearn.utils.metadata_routing import MetadataRequest, get_routing_for_object

        if hasattr(self, "_metadata_request"):
            return get_routing_for_object(self._metadata_request)
        request = MetadataRequest(owner=self)
        for method in _ROUTED:
            for name in _metadata_names(getattr(type(self), method, None)):
                getattr(request, method).add_request(param=name, alias=None)
        return request

    # ---- files

    def _get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What was learned: JSON-able values, and arrays (buffers or ndarrays), each by name."""
        return {}, {}

    def _set_state(self, learned: Mapping[str, Any], arrays: Container) -> None:
        """The inverse of :meth:`_get_state`: the same names, the arrays as read-only views of the file.

        Nobody has checked what they hold. What cannot be is a ModelFormatError; TypeError, ValueError and KeyError turn
        into one by themselves.
        """

    def _stored_parameters(self) -> dict[str, Any]:
        """The parameters as JSON-able values."""
        return {name: plain_value(value, f"parameter {name!r}") for name, value in self.get_params(deep=False).items()}

    def _dump(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """``(parameters, learned, arrays)``: all that a file holds about this estimator."""
        if not self.kind:
            raise TypeError(f"{type(self).__name__} cannot be saved: the class has no kind")
        self._check_fitted()
        return (self._stored_parameters(), *self._get_state())

    @classmethod
    def _restore(cls, stored: Container) -> Self:
        """The inverse of :meth:`_dump`, for a container or the part of one."""
        try:
            unknown = stored.parameters.keys() - cls._defaults().keys()
            if unknown:
                raise ModelFormatError(f"{cls.__name__} has no parameter {min(unknown)!r}: a newer version's model?")
            estimator = cls(**stored.parameters)
            estimator._set_state(stored.learned, stored)
        except NlptkError:
            raise
        except _DAMAGE as error:
            raise ModelFormatError(f"not a usable {cls.kind} model: {type(error).__name__}: {error}") from error
        return estimator

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        licence: str | None = None,
        training_data: str | None = None,
        scores: Mapping[str, Any] | None = None,
    ) -> None:
        """Write parameters and what was learned to one file; the same model gives the same bytes.

        Parameters
        ----------
        path : path
            Where to. An existing file is replaced at once or, on failure, kept.
        licence, training_data : str, optional
            Under which conditions the model may be used and what it learned from. Default: what the file said that the
            model was loaded from; after fitting a loaded model again, say both anew.
        scores : mapping, optional
            How well it does, for the record.

        Raises
        ------
        NotFittedError
            If there is nothing to save yet.
        ParameterError
            If a parameter has a value that a file cannot hold, such as a function.
        """
        from . import container

        parameters, learned, arrays = self._dump()
        said = {"licence": licence, "training_data": training_data, "scores": scores}
        origin = {**self._origin, **{name: value for name, value in said.items() if value is not None}}
        container.write(path, self.kind, arrays, parameters=parameters, learned=learned, **origin)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, verify: bool = True) -> Self:
        """Open what :meth:`save` wrote.

        Parameters
        ----------
        path : path
            The file.
        verify : bool
            Compare the checksums of all arrays first: safer, and slower for large files.

        Raises
        ------
        InputError
            If the file cannot be read.
        ModelFormatError
            If it is damaged or holds another kind of model.
        """
        from . import container

        stored = container.open(path, kind=cls.kind, verify=verify)
        try:
            estimator = cls._restore(stored)
        except ModelFormatError as error:
            raise error if error.path else ModelFormatError(str(error), path=path) from error
        estimator._origin = origin_of(stored.manifest)
        return estimator


class Classifier(Estimator):
    """An estimator whose ``predict`` gives one class for each sample. ``fit`` sets ``classes_``."""

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags

        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.classifier_tags, tags.target_tags.required = "classifier", ClassifierTags(), True
        return tags

    def predict(self, X: Any) -> Any:
        """The class of each sample."""
        raise NotImplementedError

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy on the given samples."""
        import numpy as np

        return float(np.average(np.asarray(self.predict(X)) == np.asarray(y), weights=sample_weight))


class Tagger(Estimator):
    """An estimator whose ``predict`` gives a list of labels for each sequence, one for each of its items."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = tags.target_tags.two_d_labels = True
        tags.input_tags.two_d_array = False
        return tags

    def predict(self, X: Any) -> Any:
        """The labels of each sequence."""
        raise NotImplementedError

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy over the items of all sequences; ``sample_weight`` has one weight for each sequence."""
        right = total = 0.0
        predicted = self.predict(X)
        if len(predicted) != len(y) or (sample_weight is not None and len(sample_weight) != len(y)):
            raise ParameterError(f"{len(y)} label sequences for {len(predicted)} sequences, or not one weight each")
        for i, (found, gold) in enumerate(zip(predicted, y, strict=True)):
            if len(found) != len(gold):
                raise ParameterError(f"sequence {i} has {len(found)} items and {len(gold)} labels")
            weight = 1.0 if sample_weight is None else float(sample_weight[i])
            right += weight * sum(map(_same, found, gold))
            total += weight * len(gold)
        return right / total if total else 0.0


class Transformer(Estimator):
    """An estimator whose ``transform`` turns samples into features, as an array or, after ``set_output``, a data frame.

    Data frames need ``get_feature_names_out``, as in scikit-learn.
    """

    _sklearn_auto_wrap_output_keys = frozenset(("transform",))

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for method in ("transform", "fit_transform"):
            if method in cls.__dict__:
                setattr(cls, method, _output_as_configured(cls.__dict__[method]))

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import TransformerTags

        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.transformer_tags = "transformer", TransformerTags()
        return tags

    def set_output(self, *, transform: str | None = None) -> Self:
        """What ``transform`` returns: ``"default"``, ``"pandas"`` or ``"polars"``; None changes nothing."""
        if transform is not None:
            if transform != "default" and not hasattr(self, "get_feature_names_out"):
                raise ParameterError(f"{type(self).__name__} has no feature names, so its output stays as it is")
            self._sklearn_output_config = {"transform": transform}
        return self

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from samples."""
        raise NotImplementedError

    def transform(self, X: Any) -> Any:
        """The features of each sample."""
        raise NotImplementedError

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """Learn from samples and give their features."""
        return self.fit(X, y, **fit_params).transform(X)


def _same(a: object, b: object) -> bool:
    return bool(a == b)


def origin_of(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Where a model comes from: what a file says besides the model itself."""
    return {name: manifest[name] for name in ("licence", "training_data", "scores") if manifest.get(name)}


def plain_value(value: Any, what: str) -> Any:
    """The value in JSON's types: tuples become lists, NumPy's numbers Python's."""
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        if value - value != 0:
            raise ParameterError(f"{what} is {value}; a file can hold finite numbers only")
        return value
    if isinstance(value, (list, tuple)):
        return [plain_value(item, what) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: plain_value(item, what) for key, item in value.items()}
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        return plain_value(value.item(), what)
    raise ParameterError(f"{what} is a {type(value).__name__}; a file can hold numbers, strings, lists and dicts")


def _not_fitted_error() -> type[NotFittedError]:
    """Our NotFittedError; where scikit-learn is in use, one that is also scikit-learn's."""
    import sys

    theirs = sys.modules.get("sklearn.exceptions")
    if theirs is None:
        return NotFittedError
    if not _BOTH:
        members = {"__reduce__": lambda self: (NotFittedError, self.args)}  # worker processes pickle what they raise
        _BOTH.append(type("NotFittedError", (NotFittedError, theirs.NotFittedError), members))
    return _BOTH[0]


_BOTH: list[type[NotFittedError]] = []
