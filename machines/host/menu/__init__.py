"""The menu: its model, and its pages."""
