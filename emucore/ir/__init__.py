"""The micro-ops that an instruction becomes, and what is done to lists of them."""
