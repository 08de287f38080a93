"""Programs that hold the estimates against a known truth; nothing of the pipeline imports them."""
