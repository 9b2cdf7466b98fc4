"""ocop_hub."""
