"""An approximate index of vectors: a graph of small worlds (HNSW), by usearch."""

from __future__ import annotations

import numpy as np

from ..errors import NlptkError, ParameterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

_ROWS = 1 << 16  # added at a time


class Index:
    """The closest of many vectors by cosine, approximately (Malkov and Yashunin 2016: "Efficient and robust approximate nearest
    neighbor search using hierarchical navigable small world graphs")."""

    def __init__(
        self,
        matrix: NDArray[np.float32],
        norms: NDArray[np.float32],
        connectivity: int,
        expansion_add: int,
        expansion_search: int,
    ) -> None:
        for name, value in (
            ("connectivity", connectivity),
            ("expansion_add", expansion_add),
            ("expansion_search", expansion_search),
        ):
            if isinstance(value, bool) or not isinstance(value, int) or value < 2:
                raise ParameterError(f"{name}={value!r}: expected 2 or more")
        try:
            from usearch.index import Index as Graph
        except ImportError as error:
            raise NlptkError(f"no package installed for approximate search: pip install nlptk[ann] ({error})") from None
        self._graph: Any = Graph(
            ndim=matrix.shape[1],
            metric="ip",
            dtype="f32",
            connectivity=connectivity,
            expansion_add=expansion_add,
            expansion_search=expansion_search,
        )
        for start in range(0, len(matrix), _ROWS):
            rows = matrix[start : start + _ROWS] / np.where(norms > 0, norms, np.float32(1))[start : start + _ROWS, None]
            self._graph.add(np.arange(start, start + len(rows), dtype=np.uint64), rows)

    def search(self, units: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Numbers and cosines of the k closest to each vector of length 1; number -1 where the graph found fewer."""
        found = self._graph.search(np.ascontiguousarray(units), k)
        shape = (len(units), k)
        numbers = np.asarray(found.keys).reshape(shape).astype(np.int64)
        cosines = (1 - np.asarray(found.distances, np.float32)).reshape(shape)
        missing = np.arange(k) >= np.asarray(getattr(found, "counts", np.full(len(units), k))).reshape(-1, 1)
        numbers[missing], cosines[missing] = -1, -np.inf
        return numbers, cosines
