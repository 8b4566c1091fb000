"""The language work behind decode, exclude and extract: one topic a module, all of it pure."""
