"""ERPNext documents to Xero payloads and back: pure functions on plain data, no I/O, no clock."""
