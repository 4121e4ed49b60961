"""A made-up company, served on loopback as the identity systems would serve it.

For the demo, the tests and the benchmarks. Nothing that is shipped imports it, and it
shares no constant, model or paging code with the taps.
"""
