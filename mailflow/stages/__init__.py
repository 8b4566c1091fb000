"""One mail's journey, read top-down: collect, decode, exclude, extract, file, fill, reply.

Each module has one public function with the module's name; :mod:`mailflow.flow` joins them.
"""
