"""Word vectors: training, files, queries, evaluation."""
