"""What a running machine is made of."""
