//! Integration tests.

mod reading;
