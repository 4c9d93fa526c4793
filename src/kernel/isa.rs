//! Instruction sets as values.

use crate::error::{Error, Result};

/// An instruction set that the kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isa {
    /// Whatever the target's baseline has, through the `wide` crate.
    Portable,
    /// AVX2 with FMA, x86-64.
    Avx2,
    /// AVX-512 as of Ice Lake and Zen 4 (F, BW, DQ, VL, VBMI2), x86-64. Older processors lower
    /// their clock under 512-bit work and are served better by AVX2.
    Avx512,
    /// NEON, part of every aarch64 processor.
    Neon,
}

impl Isa {
    /// All of them, the preferred ones first.
    pub const ALL: [Self; 4] = [Self::Avx512, Self::Avx2, Self::Neon, Self::Portable];

    /// Whether this processor and this build have it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vbmi2")
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => true,
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
            #[cfg(not(target_arch = "aarch64"))]
            Self::Neon => false,
        }
    }

    /// Those that this processor can run, the preferred one first; never empty.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|isa| isa.is_available())
    }

    /// As `SEGENGINE_ISA` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Neon => "neon",
        }
    }

    /// The best available one, not wider than `SEGENGINE_ISA` asks for.
    pub(super) fn from_environment() -> Result<Self> {
        let wanted = std::env::var_os("SEGENGINE_ISA").map(|v| v.to_string_lossy().into_owned());
        let required = std::env::var_os("SEGENGINE_REQUIRE_ISA").is_some_and(|v| v == "1");
        Self::narrowed(wanted.as_deref(), required)
    }

    fn narrowed(wanted: Option<&str>, required: bool) -> Result<Self> {
        let Some(wanted) = wanted else {
            return Ok(Self::available().next().unwrap_or(Self::Portable));
        };
        let position = Self::ALL.iter().position(|isa| isa.name() == wanted).ok_or_else(|| {
            Error::parameter(format!(
                "SEGENGINE_ISA is \"{wanted}\" (portable, avx2, avx512 or neon is accepted)"
            ))
        })?;
        if required && !Self::ALL[position].is_available() {
            return Err(Error::parameter(format!(
                "SEGENGINE_REQUIRE_ISA is set and this machine has no {wanted}"
            )));
        }
        let narrower = Self::ALL[position..].iter().find(|isa| isa.is_available());
        Ok(*narrower.unwrap_or(&Self::Portable))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_only_narrows() {
        let best = Isa::available().next().unwrap();
        assert_eq!(Isa::narrowed(None, false).unwrap(), best);
        assert_eq!(Isa::narrowed(Some("portable"), true).unwrap(), Isa::Portable);
        assert!(Isa::narrowed(Some("sse9"), false).is_err());
        for isa in Isa::ALL {
            let got = Isa::narrowed(Some(isa.name()), true);
            assert_eq!(got.is_ok(), isa.is_available(), "{isa:?}");
            assert!(Isa::narrowed(Some(isa.name()), false).unwrap().is_available());
        }
    }
}
