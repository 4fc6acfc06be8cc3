"""Door to ext/features.c: columns of text and dicts of features to attribute numbers."""

from cpython.unicode cimport PyUnicode_4BYTE_KIND, PyUnicode_FromKindAndData
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport INT32_MAX, UINT32_MAX, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy

import numpy as np

cdef extern from "Python.h":
    int PyUnicode_KIND(object text)
    void *PyUnicode_DATA(object text)
    Py_ssize_t PyUnicode_GET_LENGTH(object text)

cdef extern from "nlptk/features.h" nogil:
    enum:
        NLPTK_SLOTS
        NLPTK_FEATURES_MEMORY
        NLPTK_CELL_DICTIONARY
    ctypedef struct nlptk_cell_kind:
        int32_t function, column, argument
    ctypedef struct nlptk_cell:
        int32_t kind, row
    ctypedef struct nlptk_pattern:
        uint64_t seed
        int32_t first_cell, n_cells, low, high, n_slots
    ctypedef struct nlptk_macro:
        int32_t pattern, slot, shift
    ctypedef struct nlptk_prefixes:
        const uint64_t *slots
        uint64_t mask
    ctypedef struct nlptk_template:
        int32_t n_kinds, n_cells, n_patterns, n_macros, n_columns, n_dictionaries, before, after
        const nlptk_cell_kind *kinds
        const nlptk_cell *cells
        const nlptk_pattern *patterns
        const nlptk_macro *macros
        const nlptk_prefixes *dictionaries
    ctypedef struct nlptk_rows:
        const uint32_t *chars
        const int64_t *ends
        const int64_t *starts
    ctypedef struct nlptk_entry:
        uint64_t key
        uint32_t first, mask
    ctypedef struct nlptk_table:
        nlptk_entry *entries
        uint64_t mask, used
    ctypedef struct nlptk_scratch:
        pass
    ctypedef struct nlptk_collector:
        nlptk_table table
        uint64_t *keys
        uint32_t *cells
        uint32_t *cells_at
        uint16_t *patterns
        uint32_t n, n_cells, n_texts
        uint32_t *text
        int64_t *text_ends
        size_t n_text
    uint64_t nlptk_text_hash(const uint32_t *text, size_t n)
    ptrdiff_t nlptk_cell_text(const nlptk_cell_kind *kind, const uint32_t *text, size_t n, uint32_t *out, const uint32_t **result)
    nlptk_scratch *nlptk_scratch_new(const nlptk_template *m, int64_t longest_sentence, int64_t longest_cell)
    void nlptk_scratch_free(nlptk_scratch *s)
    int nlptk_prefixes_add(uint64_t *slots, uint64_t mask, const uint32_t *word, size_t n)
    int nlptk_table_init(nlptk_table *t, uint64_t n)
    void nlptk_table_free(nlptk_table *t)
    const nlptk_entry *nlptk_table_find(const nlptk_table *t, uint64_t key)
    nlptk_entry *nlptk_table_add(nlptk_table *t, uint64_t key)
    int64_t nlptk_table_fill(nlptk_table *t, const uint64_t *keys, const void *masks, int width, int64_t n)
    int64_t nlptk_encode(const nlptk_template *m, const nlptk_table *table, const nlptk_rows *rows, int64_t first, int64_t last,
                         int64_t *indptr, uint32_t *indices, nlptk_scratch *scratch)
    int nlptk_collector_init(nlptk_collector *c)
    void nlptk_collector_free(nlptk_collector *c)
    int nlptk_collect(nlptk_collector *c, const nlptk_template *m, const nlptk_rows *rows, int64_t first, int64_t last,
                      nlptk_scratch *scratch)
    int64_t nlptk_collector_number(const nlptk_collector *c, uint32_t min_freq, uint32_t *masks, uint32_t *firsts, uint32_t *order,
                                   int64_t *n_attributes)
    int64_t nlptk_collector_encode(const nlptk_collector *c, const nlptk_template *m, const int64_t *starts, int64_t n_sentences,
                                   const uint32_t *masks, const uint32_t *firsts, int64_t *indptr, uint32_t *indices)


SLOTS = NLPTK_SLOTS
# macro -> what the kernel calls it
FUNCTIONS = {"x": 0, "fold": 1, "class": 2, "shape": 3, "length": 4, "prefix": 5, "suffix": 6, "dict": NLPTK_CELL_DICTIONARY}

cdef enum:
    MAX_WORD = 255  # characters of a dictionary's word


class CellError(Exception):
    """A sentence, an item or a cell is not what it should be; the message says which and why."""


cdef struct Buffer:
    uint32_t *text
    size_t n, cap


cdef int reserve(Buffer *b, size_t n) except -1:
    cdef size_t cap
    cdef void *larger
    if b.n + n > b.cap:
        cap = 2 * (b.n + n) + 64
        larger = realloc(b.text, cap * sizeof(uint32_t))
        if larger == NULL:
            raise MemoryError
        b.text, b.cap = <uint32_t *>larger, cap
    return 0


cdef int append(Buffer *b, object text) except -1:
    """The code points of a str."""
    cdef Py_ssize_t i, n = PyUnicode_GET_LENGTH(text)
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef uint32_t *out
    reserve(b, <size_t>n)
    out = b.text + b.n
    if kind == 1:
        for i in range(n):
            out[i] = (<const uint8_t *>data)[i]
    elif kind == 2:
        for i in range(n):
            out[i] = (<const uint16_t *>data)[i]
    elif n:
        memcpy(out, data, <size_t>n * sizeof(uint32_t))
    b.n += <size_t>n
    return 0


cdef object as_list(object value):
    """A list or tuple as it is, another iterable as a list; None: it is none."""
    if type(value) is list or type(value) is tuple:
        return value
    try:
        return list(value)
    except TypeError:
        return None


cdef class Rows:
    """Columns of text, flat: made once from Python's lists, then read without them.

    Parameters
    ----------
    sentences : iterable of sentences
        A sentence: rows; a row: cells, or one str (the only cell).
    n_columns : int
        How many cells of a row are needed.
    used : bytes
        For each column whether anything looks at it.
    """

    cdef Buffer buffer
    cdef readonly object starts, ends
    cdef nlptk_rows rows
    cdef readonly int64_t longest_sentence, longest_cell, n_items
    cdef readonly int n_columns

    def __init__(self, sentences, int n_columns, const uint8_t[::1] used):
        cdef int64_t n_items = 0, cap = 1024, at = 0, length
        cdef int64_t[::1] ends, starts
        cdef Py_ssize_t i, j, width
        cdef int c
        if n_columns < 1 or used.shape[0] != n_columns or self.buffer.text != NULL:
            raise ValueError("columns")
        self.n_columns = n_columns
        sentences = as_list(sentences)
        if sentences is None:
            raise CellError("X is not a list of sentences")
        self.starts = np.zeros(len(sentences) + 1, np.int64)
        self.ends = np.zeros(cap * n_columns + 1, np.int64)
        starts, ends = self.starts, self.ends
        reserve(&self.buffer, 1)
        i = 0
        for sentence in sentences:
            if i + 1 >= starts.shape[0]:
                raise CellError("X changed while it was read")
            rows = as_list(sentence)
            if rows is None:
                raise CellError(f"sentence {i} is a {type(sentence).__name__}, expected a list of rows")
            j = 0
            for row in rows:
                if n_items == cap:
                    cap *= 2
                    self.ends = np.concatenate([self.ends, np.zeros(cap * n_columns + 1 - ends.shape[0], np.int64)])
                    ends = self.ends
                if isinstance(row, str):
                    row = (row,)
                cells = as_list(row)
                if cells is None:
                    raise CellError(f"sentence {i}, row {j}: {type(row).__name__}, expected a list of cells")
                width = len(cells)
                if width < n_columns:
                    unit = "column" if width == 1 else "columns"
                    raise CellError(f"sentence {i}, row {j}: {width} {unit}, but the template looks at {n_columns}")
                for c in range(n_columns):
                    if used[c]:
                        cell = cells[c]
                        if not isinstance(cell, str):
                            raise CellError(f"sentence {i}, row {j}, column {c}: {type(cell).__name__}, expected str")
                        append(&self.buffer, cell)
                    at += 1
                    ends[at] = <int64_t>self.buffer.n
                    length = ends[at] - ends[at - 1]
                    if length > self.longest_cell:
                        self.longest_cell = length
                n_items += 1
                j += 1
            if j > self.longest_sentence:
                self.longest_sentence = j
            i += 1
            starts[i] = n_items
        for i in range(i + 1, starts.shape[0]):
            starts[i] = n_items
        self.n_items = n_items
        self.rows.chars, self.rows.ends, self.rows.starts = self.buffer.text, &ends[0], &starts[0]

    def __dealloc__(self):
        free(self.buffer.text)

    def __len__(self):
        return len(self.starts) - 1


cdef class Plan:
    """A template as the kernel reads it: kinds of cells, patterns of cells, macros; see features.h.

    Parameters
    ----------
    n_columns : int
    kinds : int32, shape (n, 3)
        Function, column, argument.
    cells : int32, shape (n, 2)
        Kind, row.
    patterns : int32, shape (n, 5)
        First cell, number of cells, lowest and highest shift, number of slots.
    seeds : uint64
        Of each pattern.
    macros : int32, shape (n, 3)
        Pattern (rising), slot, shift.
    dictionaries : list of list of str
        Their words; a kind's argument is a number of them, no two kinds have the same.
    """

    cdef nlptk_template state
    cdef nlptk_pattern *patterns
    cdef nlptk_prefixes *prefixes
    cdef object kept
    cdef readonly bytes used

    def __init__(self, int n_columns, const int32_t[:, ::1] kinds, const int32_t[:, ::1] cells, const int32_t[:, ::1] patterns,
                 const uint64_t[::1] seeds, const int32_t[:, ::1] macros, list dictionaries):
        cdef nlptk_template *s = &self.state
        cdef Py_ssize_t i, j
        cdef int32_t row, n_patterns = <int32_t>patterns.shape[0]
        cdef bytearray used = bytearray(n_columns)
        if self.patterns != NULL or kinds.shape[1] != 3 or cells.shape[1] != 2 or patterns.shape[1] != 5 or macros.shape[1] != 3:
            raise ValueError("shapes")
        if seeds.shape[0] != n_patterns or n_patterns > 65535 or macros.shape[0] > 65535:
            raise ValueError("patterns")
        s.n_columns, s.n_dictionaries = n_columns, <int32_t>len(dictionaries)
        s.n_kinds, s.n_cells, s.n_macros = <int32_t>kinds.shape[0], <int32_t>cells.shape[0], <int32_t>macros.shape[0]
        for i in range(s.n_kinds):
            if not (0 <= kinds[i, 0] <= NLPTK_CELL_DICTIONARY and 0 <= kinds[i, 1] < n_columns and kinds[i, 2] >= 0):
                raise ValueError("kind")
            if kinds[i, 0] == NLPTK_CELL_DICTIONARY and kinds[i, 2] >= s.n_dictionaries:
                raise ValueError("dictionary")
            used[kinds[i, 1]] = 1
        for i in range(s.n_cells):
            if not (0 <= cells[i, 0] < s.n_kinds and 0 <= cells[i, 1] <= 1000):
                raise ValueError("cell")
        self.patterns = <nlptk_pattern *>calloc(<size_t>n_patterns + 1, sizeof(nlptk_pattern))
        self.prefixes = <nlptk_prefixes *>calloc(<size_t>s.n_dictionaries + 1, sizeof(nlptk_prefixes))
        if self.patterns == NULL or self.prefixes == NULL:
            raise MemoryError
        for i in range(n_patterns):
            p = &self.patterns[i]
            p.first_cell, p.n_cells, p.low, p.high, p.n_slots = patterns[i, 0], patterns[i, 1], patterns[i, 2], patterns[i, 3], patterns[i, 4]
            p.seed = seeds[i]
            if not (0 <= p.first_cell <= s.n_cells and 0 <= p.n_cells <= s.n_cells - p.first_cell and -1000 <= p.low <= p.high <= 1000
                    and 1 <= p.n_slots <= NLPTK_SLOTS and p.seed):
                raise ValueError("pattern")
            s.before = max(s.before, -p.low)
            s.after = max(s.after, p.high)
            for j in range(p.first_cell, p.first_cell + p.n_cells):
                s.after = max(s.after, p.high + cells[j, 1])
        s.n_patterns = n_patterns
        for i in range(s.n_macros):
            if not (0 <= macros[i, 0] < n_patterns and (i == 0 or macros[i - 1, 0] <= macros[i, 0])):
                raise ValueError("macro")
            p = &self.patterns[macros[i, 0]]
            if not (0 <= macros[i, 1] < p.n_slots and p.low <= macros[i, 2] <= p.high):
                raise ValueError("macro")
        self.used = bytes(used)
        self.kept = (kinds, cells, macros, [self._prefixes(i, words) for i, words in enumerate(dictionaries)])
        s.kinds = <const nlptk_cell_kind *>&kinds[0, 0] if s.n_kinds else NULL
        s.cells = <const nlptk_cell *>&cells[0, 0] if s.n_cells else NULL
        s.macros = <const nlptk_macro *>&macros[0, 0] if s.n_macros else NULL
        s.patterns, s.dictionaries = self.patterns, self.prefixes

    cdef object _prefixes(self, Py_ssize_t i, list words):
        """A dictionary's words and their prefixes; returns what keeps the memory."""
        cdef uint64_t size = 64, total = 0
        cdef uint64_t[::1] slots
        cdef Buffer buffer
        for word in words:
            if not isinstance(word, str) or not 1 <= len(word) <= MAX_WORD:
                raise CellError(f"dictionary word {word!r:.80}: a str of 1 to {MAX_WORD} characters expected")
            total += <uint64_t>len(word)
        while size < 2 * total:
            size *= 2
        kept = np.zeros(size, np.uint64)
        slots = kept
        buffer.text, buffer.n, buffer.cap = NULL, 0, 0
        try:
            for word in words:
                buffer.n = 0
                append(&buffer, word)
                nlptk_prefixes_add(&slots[0], size - 1, buffer.text, buffer.n)
        finally:
            free(buffer.text)
        self.prefixes[i].slots, self.prefixes[i].mask = &slots[0], size - 1
        return kept

    def __dealloc__(self):
        free(self.patterns)
        free(self.prefixes)

    def rows(self, sentences):
        """The columns of sentences that this template looks at."""
        return Rows(sentences, self.state.n_columns, self.used)


cdef class Table:
    """Attributes by key: entries of up to 32 attributes, numbered one after the other.

    Parameters
    ----------
    keys : uint64
    masks : uint8, uint16 or uint32, like keys
        Which slots of an entry are attributes.
    """

    cdef nlptk_table state
    cdef readonly int64_t n_attributes

    def __init__(self, const uint64_t[::1] keys, masks):
        cdef const uint8_t[::1] raw = np.ascontiguousarray(masks).view(np.uint8)
        cdef int width = masks.dtype.itemsize
        cdef int64_t n = keys.shape[0]
        if width not in (1, 2, 4) or raw.shape[0] != n * width or self.state.entries != NULL:
            raise ValueError("masks")
        if nlptk_table_init(&self.state, <uint64_t>n):
            raise MemoryError
        with nogil:
            self.n_attributes = nlptk_table_fill(&self.state, &keys[0], &raw[0], width, n) if n else 0
        if self.n_attributes >= UINT32_MAX:
            raise ValueError("2^32 attributes")

    def __dealloc__(self):
        nlptk_table_free(&self.state)

    def encode(self, Plan plan, Rows rows, Py_ssize_t first, Py_ssize_t last, int64_t[::1] indptr, uint32_t[::1] indices):
        """Attributes of sentences first .. last: where each item ends and the numbers, into arrays large enough. Returns how many."""
        cdef int64_t result
        cdef int64_t n_items
        cdef nlptk_scratch *scratch
        if not 0 <= first <= last <= len(rows) or rows.n_columns != plan.state.n_columns:
            raise IndexError("sentences")
        n_items = rows.rows.starts[last] - rows.rows.starts[first]
        if indptr.shape[0] < n_items or indices.shape[0] < n_items * plan.state.n_macros:
            raise ValueError("arrays are too short")
        if n_items == 0 or plan.state.n_macros == 0:
            indptr[:] = 0
            return 0
        with nogil:
            scratch = nlptk_scratch_new(&plan.state, rows.longest_sentence, rows.longest_cell)
            if scratch != NULL:
                result = nlptk_encode(&plan.state, &self.state, &rows.rows, first, last, &indptr[0], &indices[0], scratch)
            nlptk_scratch_free(scratch)
        if scratch == NULL:
            raise MemoryError
        return result


cdef class Collector:
    """Attributes of training data: `collect`, then `number`, then `encode`."""

    cdef nlptk_collector state
    cdef Plan plan
    cdef Rows rows
    cdef object masks, firsts, order
    cdef readonly int64_t n_attributes

    def __init__(self, Plan plan, Rows rows):
        cdef int status = NLPTK_FEATURES_MEMORY
        cdef nlptk_scratch *scratch
        if self.plan is not None or rows.n_columns != plan.state.n_columns:
            raise ValueError("plan")
        cdef int64_t n_sentences = len(rows)
        self.plan, self.rows = plan, rows
        with nogil:
            scratch = nlptk_scratch_new(&plan.state, rows.longest_sentence, rows.longest_cell)
            if scratch != NULL and nlptk_collector_init(&self.state) == 0:
                status = nlptk_collect(&self.state, &plan.state, &rows.rows, 0, n_sentences, scratch)
            nlptk_scratch_free(scratch)
        check_status(status)

    def __dealloc__(self):
        nlptk_collector_free(&self.state)

    def number(self, uint32_t min_freq):
        """Attributes seen at least min_freq times. Returns (keys, masks, patterns, numbers of cell texts) of their entries."""
        cdef uint32_t[::1] masks = np.empty(self.state.n + 1, np.uint32), firsts = np.empty(self.state.n + 1, np.uint32)
        cdef uint32_t[::1] order = np.empty(self.state.n + 1, np.uint32)
        cdef int64_t kept
        with nogil:
            kept = nlptk_collector_number(&self.state, min_freq, &masks[0], &firsts[0], &order[0], &self.n_attributes)
        check_status(kept)
        self.masks, self.firsts = masks, firsts
        cdef uint64_t[::1] keys = np.empty(kept, np.uint64)
        cdef uint32_t[::1] their_masks = np.empty(kept, np.uint32)
        cdef uint16_t[::1] patterns = np.empty(kept, np.uint16)
        cdef int64_t i, j, n_cells = 0
        cdef uint32_t r
        for i in range(kept):
            n_cells += self.plan.patterns[self.state.patterns[order[i]]].n_cells
        cdef uint32_t[::1] cells = np.empty(n_cells, np.uint32)
        n_cells = 0
        for i in range(kept):
            r = order[i]
            keys[i], their_masks[i], patterns[i] = self.state.keys[r], masks[r], self.state.patterns[r]
            for j in range(self.plan.patterns[patterns[i]].n_cells):
                cells[n_cells] = self.state.cells[self.state.cells_at[r] + j]
                n_cells += 1
        return np.asarray(keys), np.asarray(their_masks), np.asarray(patterns), np.asarray(cells)

    def texts(self):
        """The texts of cells by number."""
        cdef uint32_t i
        cdef int64_t *ends = self.state.text_ends
        return [PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, self.state.text + ends[i], ends[i + 1] - ends[i])
                for i in range(self.state.n_texts)]

    def encode(self):
        """The training data: (indptr, indices)."""
        cdef int64_t[::1] indptr = np.zeros(self.rows.n_items + 1, np.int64)
        cdef uint32_t[::1] indices, masks = self.masks, firsts = self.firsts
        cdef int64_t n = 0, n_sentences = len(self.rows)
        indices = np.empty(self.rows.n_items * self.plan.state.n_macros, np.uint32)
        if indices.shape[0]:
            with nogil:
                n = nlptk_collector_encode(&self.state, &self.plan.state, self.rows.rows.starts, n_sentences, &masks[0],
                                           &firsts[0], &indptr[1], &indices[0])
            check_status(n)
        return np.asarray(indptr), np.asarray(indices)[:n]


cdef int check_status(int64_t status) except -1:
    if status == NLPTK_FEATURES_MEMORY:
        raise MemoryError
    if status < 0:
        raise CellError("more than 2^32 attributes")
    return 0


cdef enum:
    MAX_DEPTH = 32  # dicts within dicts


cdef class Attributes:
    """Attributes by name, numbered as first seen: those of items given as dicts or lists.

    Parameters
    ----------
    names : list of str
        Attributes 0, 1, ...
    """

    cdef nlptk_table table
    cdef Buffer text, scratch, indices, values
    cdef int64_t[::1] ends
    cdef uint32_t n
    cdef bint learn, weighted

    def __init__(self, list names):
        if self.table.entries != NULL:
            raise ValueError("twice")
        if nlptk_table_init(&self.table, <uint64_t>len(names)):
            raise MemoryError
        self.ends = np.zeros(len(names) + 1024, np.int64)
        self.learn = True
        for name in names:
            self.scratch.n = 0
            append(&self.scratch, name)
            self.find()

    def __dealloc__(self):
        nlptk_table_free(&self.table)
        free(self.text.text)
        free(self.scratch.text)
        free(self.indices.text)
        free(self.values.text)

    def __len__(self):
        return self.n

    def names(self):
        """The attributes' names."""
        return [PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, self.text.text + self.ends[i], self.ends[i + 1] - self.ends[i])
                for i in range(self.n)]

    cdef int64_t find(self) except -2:
        """The number of the attribute whose name is in scratch; -1: there is none."""
        cdef uint64_t key
        cdef nlptk_entry *entry
        cdef const nlptk_entry *known
        reserve(&self.scratch, 1)
        key = nlptk_text_hash(self.scratch.text, self.scratch.n)
        if not self.learn:
            known = nlptk_table_find(&self.table, key)
            return -1 if known == NULL else <int64_t>known.first
        entry = nlptk_table_add(&self.table, key)
        if entry == NULL:
            raise MemoryError
        if entry.first == UINT32_MAX:
            if self.n >= UINT32_MAX - 1:
                raise CellError("more than 2^32 attributes")
            if self.n + 1 >= self.ends.shape[0]:
                self.ends = np.concatenate([self.ends, np.zeros(self.ends.shape[0], np.int64)])
            reserve(&self.text, self.scratch.n)
            if self.scratch.n:
                memcpy(self.text.text + self.text.n, self.scratch.text, self.scratch.n * sizeof(uint32_t))
            self.text.n += self.scratch.n
            entry.first = self.n
            self.n += 1
            self.ends[self.n] = <int64_t>self.text.n
        return entry.first

    cdef int emit(self, double value) except -1:
        """The attribute whose name is in scratch belongs to the item."""
        cdef int64_t number = self.find()
        cdef float single = <float>value
        if single - single != 0:
            raise CellError(f"a value is {value}, expected a finite number")
        if number < 0:
            return 0
        reserve(&self.indices, 1)
        self.indices.text[self.indices.n] = <uint32_t>number
        self.indices.n += 1
        reserve(&self.values, 1)
        memcpy(self.values.text + self.values.n, &single, sizeof(float))
        self.values.n += 1
        if single != 1:
            self.weighted = True
        return 0

    cdef int read(self, object item, int depth) except -1:
        """Attributes of an item, or of a value that holds more of them; their names begin with what is in scratch."""
        cdef size_t prefix = self.scratch.n
        if depth > MAX_DEPTH:
            raise CellError(f"more than {MAX_DEPTH} dicts within each other")
        if isinstance(item, dict):
            for key, value in (<dict>item).items():
                self.scratch.n = prefix
                append(&self.scratch, as_str(key))
                if isinstance(value, (str, bytes)):
                    self.separate()
                    append(&self.scratch, as_str(value))
                    self.emit(1)
                elif isinstance(value, (dict, list, tuple, set, frozenset)):
                    self.separate()
                    self.read(value, depth + 1)
                else:
                    self.emit(as_number(value))
        else:
            if isinstance(item, (str, bytes)):
                raise CellError("a str, expected a dict of features or a list of str (for columns of text give a template)")
            names = as_list(item)
            if names is None:
                raise CellError(f"{type(item).__name__}, expected a dict of features or a list of str")
            if isinstance(item, (set, frozenset)):
                names = sorted(names)  # the same order in every process
            for name in names:
                self.scratch.n = prefix
                append(&self.scratch, as_str(name))
                self.emit(1)
        self.scratch.n = prefix
        return 0

    cdef int separate(self) except -1:
        reserve(&self.scratch, 1)
        self.scratch.text[self.scratch.n] = ord(":")
        self.scratch.n += 1
        return 0

    def encode(self, sentences, bint learn):
        """Returns (starts, indptr, indices, values or None); names not seen before are added or left out."""
        cdef int64_t[::1] starts, indptr
        cdef int64_t n_items = 0
        cdef Py_ssize_t i = 0, j
        sentences = as_list(sentences)
        if sentences is None:
            raise CellError("X is not a list of sentences")
        starts = np.zeros(len(sentences) + 1, np.int64)
        indptr = np.zeros(1024, np.int64)
        self.learn, self.weighted = learn, False
        self.indices.n = self.values.n = 0
        for sentence in sentences:
            if i + 1 >= starts.shape[0]:
                raise CellError("X changed while it was read")
            items = None if isinstance(sentence, (str, bytes, dict)) else as_list(sentence)
            if items is None:
                raise CellError(f"sentence {i} is a {type(sentence).__name__}, expected a list of items")
            j = 0
            for item in items:
                self.scratch.n = 0
                try:
                    self.read(item, 0)
                except CellError as error:
                    raise CellError(f"sentence {i}, item {j}: {error}") from None
                n_items += 1
                j += 1
                if n_items == indptr.shape[0]:
                    indptr = np.concatenate([indptr, np.zeros(n_items, np.int64)])
                indptr[n_items] = <int64_t>self.indices.n
            i += 1
            starts[i] = n_items
        for i in range(i + 1, starts.shape[0]):
            starts[i] = n_items
        indices, values = np.empty(self.indices.n, np.uint32), None
        cdef uint32_t[::1] to = indices
        cdef float[::1] to_values
        if self.indices.n:
            memcpy(&to[0], self.indices.text, self.indices.n * sizeof(uint32_t))
            if self.weighted:
                values = np.empty(self.values.n, np.float32)
                to_values = values
                memcpy(&to_values[0], self.values.text, self.values.n * sizeof(float))
        return np.asarray(starts), np.asarray(indptr)[: n_items + 1].copy(), indices, values


cdef object as_str(object name):
    if isinstance(name, str):
        return name
    if isinstance(name, bytes):
        try:
            return (<bytes>name).decode("utf-8")
        except UnicodeDecodeError as error:
            raise CellError(f"the name of a feature is not UTF-8: {error}") from None
    raise CellError(f"the name of a feature is a {type(name).__name__}, expected str")


cdef double as_number(object value) except? -1:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise CellError(f"a value is a {type(value).__name__}, expected a str, a number, or a dict or list of features") from None
