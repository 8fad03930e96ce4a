"""Exports to read: HTML pages and text files. The lossless one is storage/exporting.py."""
