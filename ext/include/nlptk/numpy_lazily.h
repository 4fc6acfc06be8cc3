#ifndef NLPTK_NUMPY_LAZILY_H
#define NLPTK_NUMPY_LAZILY_H
/* NumPy's C interface, imported when the first array is made and not with the module: `cimport numpy` would import NumPy
   at once, which costs more than everything else between start and first word. */
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>
#include <stdint.h>

static int import_numpy_api(void) { return _import_array(); }

static PyObject *new_int32_array(Py_ssize_t n)
{
    npy_intp shape[1] = {n};
    return PyArray_SimpleNew(1, shape, NPY_INT32);
}

static int32_t *int32_array_data(PyObject *array) { return (int32_t *)PyArray_DATA((PyArrayObject *)array); }

#endif
