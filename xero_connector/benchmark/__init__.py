"""What the engine costs: calls, virtual time, processor time and memory, on the simulated Xero."""
