//! Integration tests.
#![allow(clippy::print_stderr, reason = "a skipped test says why")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod architecture;
mod cli;
mod clusterboot;
mod daily;
mod data;
mod evaluate;
mod features;
mod identity;
mod logic;
mod maintenance;
mod metrics;
mod reading;
mod report;
mod select;
mod sklearn;
mod snapshots;
mod stability;
mod synth;
mod workshop;
