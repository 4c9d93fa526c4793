//! What this machine can do, and how much of that kernels and fits get out of it, in `f32`.
//!
//! The ceilings are measured, not looked up: multiply-adds in registers with the instruction set of
//! the kernels, and reading a buffer that no cache holds. Ceilings, kernels and fits take turns, so
//! that a machine whose speed changes changes all of them. What is printed is a Markdown section,
//! the one in PERFORMANCE.md.
#![allow(clippy::print_stdout, reason = "its result")]

mod blobs;

#[cfg(target_arch = "aarch64")]
use std::arch::aarch64::*;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;
use std::hint::black_box;
use std::time::Instant;

use segengine::{
    Centers, Detail, FeatureTable, Isa, KMeansParams, Kernel, NearestTile, Precision, Silent,
    TILE_ROWS, Tiles, fit,
};

const ROUNDS: usize = 5;
/// A fit that takes longer, in seconds, is timed once.
const LONG: f64 = 5.0;
/// Operations that a ceiling or a kernel is timed for: some hundredths of a second.
const FLOP: f64 = 2e9;
/// Far more than a last-level cache.
const BUFFER_BYTES: usize = 512 << 20;

/// (d, k) of one tile.
const TILES: [(usize, usize); 7] =
    [(3, 4), (8, 6), (16, 12), (21, 37), (64, 256), (128, 1000), (768, 1000)];

/// (n, d, k, iterations)
const FITS: [(usize, usize, usize, usize); 6] = [
    (1_000_000, 8, 6, 20),
    (1_000_000, 16, 12, 20),
    (400_000, 21, 37, 15),
    (200_000, 64, 256, 10),
    (100_000, 128, 1000, 5),
    (100_000, 768, 1000, 10),
];

const NOTE: &str = "\
A share above 100 % is work left out: the roof of a fit counts every distance and every value in every
pass, iterations and one more. A fit of more than 5 s is timed once.";

fn main() {
    let kernel = Kernel::detect().expect("the environment names an instruction set");
    let mut ceilings = Ceilings::new();
    let mut tiles: Vec<TileCase> = TILES.into_iter().map(TileCase::new).collect();
    let mut fits: Vec<FitCase> = FITS.into_iter().flat_map(FitCase::both).collect();
    for _ in 0..ROUNDS {
        ceilings.take_turn(&kernel);
        tiles.iter_mut().for_each(|case| case.take_turn(&kernel));
        for case in &mut fits {
            ceilings.take_turn(&kernel);
            case.take_turn(&kernel);
        }
    }

    let (threads, isa) = (rayon::current_num_threads(), kernel.isa().name());
    println!("{}, {threads} threads, {isa}, medians of {ROUNDS}\n", processor());
    println!("segengine {}\n", env!("CARGO_PKG_VERSION"));
    let roof = ceilings.print();
    println!("\n| One tile, one core: columns, k | µs | GFLOP/s | Share |");
    println!("|---|---|---|---|");
    tiles.iter().for_each(|case| case.print(&roof));
    println!("\n| Fit | Rows × columns, k | Iterations | s | Roof s | Bound by | Share |");
    println!("|---|---|---|---|---|---|---|");
    fits.iter().for_each(|case| case.print(&roof));
    println!("\n{NOTE}");
}

/// What the machine can do, in operations and bytes per second.
struct Roof {
    flop_one_core: f64,
    flop: f64,
    bytes: f64,
}

/// Seconds for [`FLOP`] operations on every core that takes part, and for reading the buffer.
#[derive(Default)]
struct Ceilings {
    buffer: Vec<u64>,
    multiply_add_one: Vec<f64>,
    multiply_add_all: Vec<f64>,
    read_one: Vec<f64>,
    read_all: Vec<f64>,
}

impl Ceilings {
    fn new() -> Self {
        // Zeros would be pages that do not exist.
        Self { buffer: vec![1; BUFFER_BYTES / size_of::<u64>()], ..Self::default() }
    }

    fn take_turn(&mut self, kernel: &Kernel) {
        let instructions = Instructions::of(kernel);
        self.multiply_add_one.push(seconds(|| instructions.multiply_add()));
        self.multiply_add_all.push(seconds(|| {
            rayon::broadcast(|_| instructions.multiply_add());
        }));
        self.read_one.push(seconds(|| instructions.read(&self.buffer)));
        self.read_all.push(seconds(|| {
            rayon::broadcast(|thread| {
                let share = self.buffer.len().div_ceil(thread.num_threads());
                let part = self.buffer.chunks(share).nth(thread.index());
                instructions.read(part.unwrap_or_default());
            });
        }));
    }

    fn print(&self) -> Roof {
        let flop_one_core = FLOP / median(&self.multiply_add_one);
        let flop = FLOP * rayon::current_num_threads() as f64 / median(&self.multiply_add_all);
        let bytes_one_core = BUFFER_BYTES as f64 / median(&self.read_one);
        let bytes = BUFFER_BYTES as f64 / median(&self.read_all);
        println!("| Ceiling | One core | All threads |");
        println!("|---|---|---|");
        println!("| multiply-add, GFLOP/s | {:.1} | {:.1} |", flop_one_core / 1e9, flop / 1e9);
        println!("| reading memory, GB/s | {:.1} | {:.1} |", bytes_one_core / 1e9, bytes / 1e9);
        Roof { flop_one_core, flop, bytes }
    }
}

/// What the ceilings are measured with, compiled for one instruction set.
#[derive(Clone, Copy)]
struct Instructions {
    multiply_add: unsafe fn(),
    read: unsafe fn(&[u64]),
}

#[allow(unsafe_code, reason = "functions of an instruction set that is known at run time only")]
impl Instructions {
    /// Those of `kernel`, which there is only where the processor has them.
    fn of(kernel: &Kernel) -> Self {
        match kernel.isa() {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => AVX2,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => AVX512,
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => NEON,
            _ => PORTABLE,
        }
    }

    /// [`FLOP`] operations on one core.
    fn multiply_add(self) {
        // SAFETY: `of` chose what this processor has.
        unsafe { (self.multiply_add)() }
    }

    /// Reads all of `words`, wherever they lie.
    fn read(self, words: &[u64]) {
        // SAFETY: `of` chose what this processor has.
        unsafe { (self.read)(words) }
    }
}

/// Compiles the ceilings for one instruction set, with `$chains` registers of multiply-adds that do
/// not wait for each other.
macro_rules! instructions {
    ($table:ident, $vector:ty, $chains:literal, $splat:path, $mul_add:path $(, $features:literal)?) => {
        const $table: Instructions = {
            $(#[target_feature(enable = $features)])?
            fn multiply_add() {
                let per_round = 2 * $chains * size_of::<$vector>() / size_of::<f32>();
                let factor = $splat(black_box(0.5));
                let addend = $splat(black_box(1.0));
                // Were they known to be equal, one would do for all.
                let mut chains = black_box([addend; $chains]);
                for _ in 0..FLOP as usize / per_round {
                    for chain in &mut chains {
                        *chain = $mul_add(*chain, factor, addend);
                    }
                }
                black_box(chains);
            }

            $(#[target_feature(enable = $features)])?
            fn read(words: &[u64]) {
                let mut sum = 0_u64;
                for &word in words {
                    sum = sum.wrapping_add(word);
                }
                black_box(sum);
            }

            Instructions { multiply_add, read }
        };
    };
}

#[cfg(target_arch = "x86_64")]
instructions!(AVX2, __m256, 12, _mm256_set1_ps, _mm256_fmadd_ps, "avx2,fma");
#[cfg(target_arch = "x86_64")]
instructions!(AVX512, __m512, 24, _mm512_set1_ps, _mm512_fmadd_ps, "avx512f");

#[cfg(target_arch = "aarch64")]
instructions!(NEON, float32x4_t, 24, vdupq_n_f32, vfmaq_f32, "neon");

instructions!(PORTABLE, wide::f32x4, 12, wide::f32x4::splat, wide::f32x4::mul_add);

/// The kernel on one tile, on one core.
struct TileCase {
    d: usize,
    k: usize,
    columns: Vec<Vec<f32>>,
    centers: Centers<f32>,
    seconds: Vec<f64>,
}

impl TileCase {
    fn new((d, k): (usize, usize)) -> Self {
        let (columns, centers) = blobs::tile(d, k);
        Self { d, k, columns, centers: Centers::new(&centers, d), seconds: Vec::new() }
    }

    fn flop(&self) -> f64 {
        2.0 * (TILE_ROWS * self.d * self.k) as f64
    }

    fn take_turn(&mut self, kernel: &Kernel) {
        let columns: Vec<&[f32]> = self.columns.iter().map(Vec::as_slice).collect();
        let mut found = NearestTile::new();
        let mut label = || {
            kernel.nearest(&columns, TILE_ROWS, &self.centers, Detail::Label, &mut found);
            black_box(&found);
        };
        label();
        let times = (FLOP / self.flop()).ceil();
        let seconds = seconds(|| (0..times as usize).for_each(|_| label()));
        self.seconds.push(seconds / times);
    }

    fn print(&self, roof: &Roof) {
        let seconds = median(&self.seconds);
        let speed = self.flop() / seconds;
        println!(
            "| {}, {} | {:.1} | {:.1} | {:.0} % |",
            self.d,
            self.k,
            1e6 * seconds,
            speed / 1e9,
            100.0 * speed / roof.flop_one_core
        );
    }
}

/// A whole fit on all threads, from columns in memory.
struct FitCase {
    data: &'static str,
    table: FeatureTable,
    params: KMeansParams,
    iterations: usize,
    seconds: Vec<f64>,
}

impl FitCase {
    fn both((n, d, k, iterations): (usize, usize, usize, usize)) -> [Self; 2] {
        let data = [("blobs", blobs::blobs(n, d, k)), ("noise", blobs::noise(n, d))];
        data.map(|(data, columns)| {
            let table = blobs::table(columns);
            let params = blobs::fixed(&table, k, iterations);
            Self { data, table, params, iterations, seconds: Vec::new() }
        })
    }

    fn take_turn(&mut self, kernel: &Kernel) {
        if self.seconds.iter().any(|&seconds| seconds > LONG) {
            return;
        }
        let tiles = Tiles::plain(&self.table);
        self.seconds.push(seconds(|| {
            let found = fit(&tiles, Precision::F32, kernel, &self.params, &Silent);
            self.iterations = found.expect("the table fits").n_iter;
        }));
    }

    fn print(&self, roof: &Roof) {
        let (n, d, k) = (self.table.n_rows(), self.table.n_features(), self.params.k);
        // The rows are labelled once more with the final centres.
        let passes = (self.iterations + 1) as f64;
        let read = passes * (n * d * size_of::<f32>()) as f64 / roof.bytes;
        let computed = passes * 2.0 * (n * d * k) as f64 / roof.flop;
        let bound = if read > computed { "memory" } else { "arithmetic" };
        let seconds = median(&self.seconds);
        println!(
            "| {} | {n:e} × {d}, {k} | {} | {seconds:.4} | {:.4} | {bound} | {:.0} % |",
            self.data,
            self.iterations,
            read.max(computed),
            100.0 * read.max(computed) / seconds
        );
    }
}

fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

fn median(seconds: &[f64]) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn processor() -> String {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let mut names = cpuinfo.lines().filter_map(|line| line.strip_prefix("model name"));
    let name = names.next().and_then(|rest| rest.split_once(':'));
    name.map_or(std::env::consts::ARCH, |(_, name)| name.trim()).to_owned()
}
