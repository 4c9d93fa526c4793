//! Customers as known on a day, from a history in memory.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use segengine::{
    CustomerParams, FeatureSet, History, Knowledge, Seed, Synth, SynthParams, SynthWorld, customers,
};

const ORDERS: u64 = 100_000;

fn history() -> History {
    let params = SynthParams { orders: ORDERS, seed: Seed(0), world: SynthWorld::Shop };
    let synth = Synth::new(params).expect("a size in range");
    synth.history().expect("made-up tables join")
}

fn features(criterion: &mut Criterion) {
    let history = history();
    let known = Knowledge::at(history.last_delivered_day());
    let mut group = criterion.benchmark_group("features/100000_orders");
    group.sample_size(20).measurement_time(Duration::from_secs(4));
    group.throughput(Throughput::Elements(ORDERS));
    for set in FeatureSet::ALL {
        let params = CustomerParams { set, ..CustomerParams::default() };
        let found = customers(&history, known, &params).expect("there are orders");
        assert!(found.n_rows() as u64 > ORDERS / 2, "{} customers", found.n_rows());
        group.bench_function(set.name(), |bencher| {
            bencher.iter(|| customers(&history, known, &params).expect("there are orders"));
        });
    }
    group.finish();
}

criterion_group!(benches, features);
criterion_main!(benches);
