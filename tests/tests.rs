//! Integration tests.

mod architecture;
mod data;
mod sklearn;
