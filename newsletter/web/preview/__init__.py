"""The local preview: a page that shows the day's email while its files are edited."""
