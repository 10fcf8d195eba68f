"""Delivery over SMTP: connections to the relay, the reply policy, dispatch, the sandbox."""
