"""Packaged models and dictionaries; built when the package is installed, opened by mmap."""
