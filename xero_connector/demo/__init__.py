"""The way there and back, to watch: bundled documents, the bundled Xero, and the real engine between."""
