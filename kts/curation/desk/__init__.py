"""The moderators' desk: taking in hand, handing on and putting off what waits; the log's end."""
