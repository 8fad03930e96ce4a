"""Link previews: what a page says of itself, fetched once by the server and shown under the message that links it.

Off by default: `[previews]`. docs/previews.md says what is fetched, when and for whom.
"""
