"""The way there and back, to watch: bundled ERPNext documents, the bundled Xero, and the real engine between."""
