"""The full-screen client: draws the buffers, and turns keys into actions. It needs Textual, the extra
`client`."""
