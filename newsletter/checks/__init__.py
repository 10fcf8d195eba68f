"""Looks an email over before it is sent; each check is a function from a mail to findings."""
