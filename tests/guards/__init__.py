"""Tests that keep the house as it was drawn (docs: architecture). Most are a table; a new part adds its rows."""
