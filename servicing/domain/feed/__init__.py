"""The loan core's feed: signed deliveries of numbered messages, and the days they are closed by."""
