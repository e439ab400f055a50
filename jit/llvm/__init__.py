"""From micro-ops to LLVM IR, and from that to host code that runs."""
