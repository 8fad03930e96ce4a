"""Programs for whoever works on chatstore; nothing here is installed."""
