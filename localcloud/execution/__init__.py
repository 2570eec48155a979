"""Runs Lambda functions as they were deployed: from their zip and layers, in processes that see nothing else.

Lives in MiniStack's process and so needs only the standard library. What Lambda has and this has not: a root
file system of the function's own (/var/task and /opt are folders elsewhere), processor time by memory, and
freezing between events.
"""
