"""Sequence labelling: HMM, averaged perceptron, CRF; tag schemes, templates and scoring."""
