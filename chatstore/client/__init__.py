"""The terminal client: a pure part that knows rooms, history and receipts, and a thin part with the
socket."""
