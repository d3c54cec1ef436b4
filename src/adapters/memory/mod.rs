//! Everything in memory: the reference for every other adapter, and for tests.
