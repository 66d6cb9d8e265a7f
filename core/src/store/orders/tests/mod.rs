//! What the reads and writes of orders promise.

mod plans;
