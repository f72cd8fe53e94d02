"""Looks at what the models draw: contact sheets now, measurements beside them."""
