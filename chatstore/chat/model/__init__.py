"""What the chat consists of, as values: names, accounts, rooms, messages, events. Nothing here changes or asks."""
