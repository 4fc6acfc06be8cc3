"""What all segmentation kernels share: from str objects and UTF-8 blocks to words, offsets and bytes."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.list cimport PyList_New, PyList_SET_ITEM
from cpython.ref cimport Py_INCREF, Py_XDECREF
from libc.stdlib cimport calloc, free
from libc.string cimport memset


cdef extern from "Python.h":
    int PyUnicode_KIND(object text)
    void *PyUnicode_DATA(object text)
    Py_ssize_t PyUnicode_GET_LENGTH(object text)
    object PyUnicode_FromObject(object text)
    object PyUnicode_Substring(object text, Py_ssize_t start, Py_ssize_t end)
    Py_UCS4 PyUnicode_READ(int kind, void *data, Py_ssize_t index)


cdef extern from "nlptk/numpy_lazily.h":
    int import_numpy_api() except -1
    object new_int32_array(Py_ssize_t n)
    int32_t *int32_array_data(object array)


cdef extern from "nlptk/trie.h" nogil:
    void NLPTK_PREFETCH(const void *p)


cdef extern from "nlptk/segment_lines.h" nogil:
    int NLPTK_LINES_UTF8


FORMATS = ("text", "jsonl", "tsv")  # in the order of nlptk_format

cdef enum:
    AHEAD = 8  # tokens
    LONG_TEXT = 4096  # characters: from here on a text gets memory of its own

cdef PyObject *one_character[0x10000]  # a str per character of the basic plane, made when first met

cdef bint numpy_ready = False  # imported when the first array is asked for


cdef int check_status(int status) except -1:
    if status == -1:
        raise MemoryError("a text does not fit in memory")
    if status == NLPTK_SEGMENT_NO_PATH:
        raise ValueError("max() arg is an empty sequence")  # what jieba raises where its tables lead nowhere
    if status < 0:
        raise OverflowError("a text of too many characters")
    return 0


cdef str exact(object text):
    """A str of exactly this type; NumPy's strings and the like are turned into one."""
    if type(text) is str:
        return <str>text
    if isinstance(text, str):
        return PyUnicode_FromObject(text)
    raise TypeError(f"text is {type(text).__name__}, expected str")


cdef class Cutter:
    """A segmenter over a dictionary. May be used from several threads.

    A subclass calls `set_up`, finds the tokens of a text (`run`) and of lines (`run_lines`), and frees `work` when it goes.
    """

    cdef int set_up(self, Trie trie) except -1:
        self.trie = trie
        self.n_strings = trie.trie.n_cells  # the trie itself may be gone first when a cycle is collected
        self.strings = <PyObject **>calloc(self.n_strings, sizeof(PyObject *))
        if self.strings is NULL:
            raise MemoryError
        self.work = self.new_work()
        return 0

    def __dealloc__(self):
        cdef int32_t i
        if self.strings is not NULL:
            for i in range(self.n_strings):
                Py_XDECREF(self.strings[i])
            free(self.strings)

    cdef nlptk_workspace *new_work(self) except NULL:
        cdef nlptk_workspace *work = <nlptk_workspace *>calloc(1, sizeof(nlptk_workspace))
        if work is NULL:
            raise MemoryError
        return work

    cdef void free_work(self, nlptk_workspace *work) noexcept:
        if work is not NULL:
            nlptk_workspace_free(work)
            free(work)

    cdef nlptk_workspace *take(self, Py_ssize_t n) except NULL:
        """Room to work on a text of n characters; short ones share it from call to call."""
        if self.busy or n >= LONG_TEXT:
            return self.new_work()
        self.busy = True  # making objects may run other code, which may come back here
        return self.work

    cdef void give(self, nlptk_workspace *work) noexcept:
        if work is self.work:
            self.busy = False
        else:
            self.free_work(work)

    cdef int run(self, nlptk_workspace *work, const void *data, int kind, ptrdiff_t n) except -1:
        raise NotImplementedError

    cdef int run_lines(self, nlptk_workspace *work, const uint8_t *text, size_t n, int form, const uint8_t *sep, size_t n_sep,
                       nlptk_bytes *out, size_t *where) except? -9:
        raise NotImplementedError

    cdef int segment(self, str text, nlptk_workspace *work) except -1:
        """Tokens of the text in the workspace."""
        return self.run(work, PyUnicode_DATA(text), PyUnicode_KIND(text), PyUnicode_GET_LENGTH(text))

    cdef list make_list(self, str text, nlptk_workspace *work):
        cdef ptrdiff_t n = work.n_tokens, i
        cdef nlptk_token token
        cdef int kind = PyUnicode_KIND(text)
        cdef void *data = PyUnicode_DATA(text)
        cdef PyObject **cached
        cdef Py_UCS4 c
        cdef list out = PyList_New(n)
        cdef object word
        for i in range(n):
            if i + 2 * AHEAD < n and work.tokens[i + 2 * AHEAD].state > 0:  # strings lie all over the memory: ask early
                NLPTK_PREFETCH(&self.strings[work.tokens[i + 2 * AHEAD].state])
            if i + AHEAD < n and work.tokens[i + AHEAD].state > 0:
                NLPTK_PREFETCH(self.strings[work.tokens[i + AHEAD].state])
            token = work.tokens[i]
            if token.state > 0:
                cached = &self.strings[token.state]
            elif token.end - token.start == 1 and (c := PyUnicode_READ(kind, data, token.start)) < 0x10000:
                cached = &one_character[c]
            else:
                word = PyUnicode_Substring(text, token.start, token.end)
                Py_INCREF(word)
                PyList_SET_ITEM(out, i, word)
                continue
            if cached[0] is NULL:
                word = PyUnicode_Substring(text, token.start, token.end)
                Py_INCREF(word)
                cached[0] = <PyObject *>word
            word = <object>cached[0]
            Py_INCREF(word)
            PyList_SET_ITEM(out, i, word)
        return out

    def cut(self, text not None):
        """The words of a text, as a list of str."""
        cdef str string = exact(text)
        cdef nlptk_workspace *work = self.take(PyUnicode_GET_LENGTH(string))
        try:
            self.segment(string, work)
            return self.make_list(string, work)
        finally:
            self.give(work)

    def boundaries(self, text not None):
        """End offsets of the tokens in characters, as an int32 NumPy array."""
        cdef str string = exact(text)
        global numpy_ready
        cdef nlptk_workspace *work
        cdef int32_t *ends
        cdef ptrdiff_t i
        if not numpy_ready:
            import_numpy_api()
            numpy_ready = True
        work = self.take(PyUnicode_GET_LENGTH(string))
        try:
            self.segment(string, work)
            out = new_int32_array(work.n_tokens)
            ends = int32_array_data(out)
            for i in range(work.n_tokens):
                ends[i] = work.tokens[i].end
            return out
        finally:
            self.give(work)

    def spans(self, text not None):
        """[(start, end, whether the dictionary holds it)] of the tokens, in characters."""
        cdef str string = exact(text)
        cdef nlptk_workspace *work = self.take(PyUnicode_GET_LENGTH(string))
        cdef ptrdiff_t i
        try:
            self.segment(string, work)
            return [(work.tokens[i].start, work.tokens[i].end, work.tokens[i].state != NLPTK_NO_WORD) for i in range(work.n_tokens)]
        finally:
            self.give(work)

    def lines(self, const unsigned char[::1] text not None, str format="text", bytes sep=b" "):
        """Segment a block of UTF-8 lines into bytes of the same number of lines; the block ends where a line ends.

        format: 'text', 'jsonl' or 'tsv'. Raises UnicodeDecodeError (with the position in the block) on other bytes.
        """
        cdef nlptk_bytes out
        cdef size_t where = 0, n = <size_t>text.shape[0], n_sep = <size_t>len(sep)
        cdef const uint8_t *start = &text[0] if n else NULL
        cdef const uint8_t *separator = sep
        cdef nlptk_workspace *work
        cdef int status
        if format not in FORMATS:
            raise ValueError(f"format {format!r}, expected one of {', '.join(FORMATS)}")
        memset(&out, 0, sizeof(nlptk_bytes))
        work = self.new_work()
        try:
            status = self.run_lines(work, start, n, FORMATS.index(format), separator, n_sep, &out, &where)
            if status == NLPTK_LINES_UTF8:
                raise UnicodeDecodeError("utf-8", bytes(text), where, where + 1, "invalid byte")
            check_status(status)
            return PyBytes_FromStringAndSize(<char *>out.data, out.n) if out.n else b""
        finally:
            self.free_work(work)
            free(out.data)
