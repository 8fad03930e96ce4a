"""What files are, by their content: media types, metadata that is taken out, thumbnails. It knows nothing of
the chat.

Strangers' bytes are read in a process of its own with little memory and time (`child.py`), by parsers that
never copy a picture, look at each byte a few times at most, and count their steps.
"""
