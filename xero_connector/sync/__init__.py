"""The engine: what to send, what to apply, in what order, when to try again, what a person must decide.

It knows the store and Xero only as protocols: nothing here imports Frappe, HTTP or a database.
"""
