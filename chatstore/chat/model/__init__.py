"""What the chat consists of, as values: names, accounts, rooms, messages, events. Nothing here reads or
changes state."""
