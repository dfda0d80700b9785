"""Classify machine learning projects."""
