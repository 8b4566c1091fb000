"""Secrets that prove who we are: OAuth tokens, the key of tokens and QR codes."""
