"""The stream server: it serves the change stream over ASGI, and holds thousands of connections open.

It is above everything else in `api_project`. Decision 21 has the reasons for its design.
"""
