//! Integration tests.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod architecture;
mod cli;
mod data;
mod reading;
mod sklearn;
