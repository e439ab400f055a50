"""The JIT engine: what is hot is translated, quickly first, then well."""
