"""Fuzz targets: whatever a file holds, nlptk answers with a result or with an error of its own."""
